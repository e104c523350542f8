package io.mesh.spring.inject;

import io.mesh.proxy.ServiceProxy;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.DependencyDescriptor;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.core.MethodParameter;
import org.springframework.util.ClassUtils;

/**
 * Registers beans for the services that are asked for by a qualifier if the application has a mesh of its own:
 * what that has in code stands in no property, and the mesh itself is made much later than the definitions of
 * beans.
 */
final class RequestedServices implements BeanFactoryPostProcessor {

    static final String BEAN_NAME = "mesh.requestedServices";

    RequestedServices() {}

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        if (beans instanceof BeanDefinitionRegistry registry && OwnMesh.beanName(beans) != null) {
            Search search = new Search(beans, registry);
            for (String bean : beans.getBeanDefinitionNames()) {
                Class<?> type = beans.getType(bean, false);
                if (type != null && !type.getName().startsWith("org.springframework.")) {
                    search.everywhereIn(ClassUtils.getUserClass(type));
                }
            }
        }
    }

    /** Looks wherever Spring could inject. */
    private record Search(ConfigurableListableBeanFactory beans, BeanDefinitionRegistry registry) {

        void everywhereIn(Class<?> bean) {
            for (Constructor<?> constructor : bean.getDeclaredConstructors()) {
                parameters(constructor, true);
            }
            for (Class<?> type = bean; type != null && type != Object.class; type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    register(Qualifiers.service(field), new DependencyDescriptor(field, false));
                }
                for (Method method : type.getDeclaredMethods()) {
                    parameters(method, method.getReturnType() == void.class);
                }
            }
        }

        /** A qualifier of the executable itself is for its parameters, unless it makes a bean. */
        private void parameters(Executable executable, boolean inherit) {
            Arrays.stream(executable.getParameters())
                    .forEach(parameter -> register(
                            service(parameter, inherit ? executable : null),
                            new DependencyDescriptor(MethodParameter.forParameter(parameter), false)));
        }

        private static @Nullable String service(Parameter parameter, @Nullable AnnotatedElement executable) {
            String own = Qualifiers.service(parameter);
            return own != null || executable == null ? own : Qualifiers.service(executable);
        }

        private void register(@Nullable String service, DependencyDescriptor point) {
            if (service != null && isForProxy(point) && !isSatisfied(point)) {
                ServiceProxyRegistrar.register(service, registry);
            }
        }

        private static boolean isForProxy(DependencyDescriptor point) {
            if (point.getDependencyType() != ServiceProxy.class) {
                point.increaseNestingLevel(); // Optional, ObjectProvider
            }
            return point.getDependencyType() == ServiceProxy.class;
        }

        /** By a bean of the application's, which a second one would make ambiguous, or by one registered before. */
        private boolean isSatisfied(DependencyDescriptor point) {
            return Arrays.stream(beans.getBeanNamesForType(ServiceProxy.class, true, false))
                    .anyMatch(name -> beans.isAutowireCandidate(name, point));
        }
    }
}
