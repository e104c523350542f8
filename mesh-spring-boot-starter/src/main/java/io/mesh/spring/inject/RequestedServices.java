package io.mesh.spring.inject;

import io.mesh.proxy.Mesh;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ClassUtils;

/**
 * Registers beans for the services that are asked for by {@link MeshService} if the application has a mesh of
 * its own: what that has in code stands in no property, and the mesh itself is made much later than the
 * definitions of beans.
 */
final class RequestedServices implements BeanFactoryPostProcessor {

    static final String BEAN_NAME = "mesh.requestedServices";

    private static final String OURS = "io.mesh.spring.autoconfigure.MeshAutoConfiguration";

    RequestedServices() {}

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        if (beans instanceof BeanDefinitionRegistry registry && hasMeshOfItsOwn(beans)) {
            for (String bean : beans.getBeanDefinitionNames()) {
                Class<?> type = beans.getType(bean, false);
                if (type != null && !type.getName().startsWith("org.springframework.")) {
                    names(ClassUtils.getUserClass(type))
                            .forEach(name -> ServiceProxyRegistrar.register(name, registry));
                }
            }
        }
    }

    private static boolean hasMeshOfItsOwn(ConfigurableListableBeanFactory beans) {
        return Arrays.stream(beans.getBeanNamesForType(Mesh.class, true, false))
                .anyMatch(name -> !beans.containsBeanDefinition(name)
                        || !OURS.equals(beans.getBeanDefinition(name).getFactoryBeanName()));
    }

    /** The services that a class asks for anywhere where Spring could inject. */
    private static Set<String> names(Class<?> bean) {
        Set<String> names = new LinkedHashSet<>();
        for (Constructor<?> constructor : bean.getDeclaredConstructors()) {
            parameters(constructor, names);
        }
        for (Class<?> type = bean; type != null && type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                add(field, names);
            }
            for (Method method : type.getDeclaredMethods()) {
                parameters(method, names);
            }
        }
        return names;
    }

    private static void parameters(Executable executable, Set<String> names) {
        Arrays.stream(executable.getParameters()).forEach(parameter -> add(parameter, names));
    }

    private static void add(AnnotatedElement element, Set<String> names) {
        MergedAnnotation<MeshService> asked = MergedAnnotations.from(element).get(MeshService.class);
        if (asked.isPresent()) {
            names.add(asked.getString(MergedAnnotation.VALUE));
        }
    }
}
