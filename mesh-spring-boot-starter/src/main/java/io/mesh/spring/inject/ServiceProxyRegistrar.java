package io.mesh.spring.inject;

import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.properties.MeshConfigMapper;
import io.mesh.spring.properties.MeshKeys;
import io.mesh.spring.properties.MeshProperties;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Registers a bean for every service under {@code mesh.services}. Imported by the auto-configuration.
 *
 * <p>The definitions are plain factory methods, so that AOT processing can write them down; and no default
 * candidates, so that only a qualifier finds them.
 */
public final class ServiceProxyRegistrar implements ImportBeanDefinitionRegistrar, EnvironmentAware {

    private static final String PROPERTIES = "mesh-" + MeshProperties.class.getName(); // as Boot names it

    private @Nullable Environment environment;

    /** Made by Spring. */
    public ServiceProxyRegistrar() {}

    @Override
    public void setEnvironment(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        register(ServiceProxies.class, ServiceProxies.BEAN_NAME, registry);
        register(RequestedServices.class, RequestedServices.BEAN_NAME, registry);
        register(UnappliedSettings.class, UnappliedSettings.BEAN_NAME, registry);
        Environment properties = Objects.requireNonNull(environment);
        if (MeshKeys.maybeSet(properties)) {
            for (String name : MeshConfigMapper.serviceNames(properties)) {
                register(name, registry);
            }
        }
        if (registry.containsBeanDefinition(PROPERTIES)) {
            registry.getBeanDefinition(PROPERTIES).setLazyInit(true); // read by the mesh, if anything is set
        }
    }

    private static void register(Class<?> type, String name, BeanDefinitionRegistry registry) {
        RootBeanDefinition definition = new RootBeanDefinition(type);
        definition.setAutowireMode(RootBeanDefinition.AUTOWIRE_CONSTRUCTOR);
        definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
        registry.registerBeanDefinition(name, definition);
    }

    /** Registers the bean of one service, unless there is one. */
    static void register(String name, BeanDefinitionRegistry registry) {
        String beanName = "mesh.service." + name;
        if (registry.isBeanNameInUse(beanName)) {
            return;
        }
        RootBeanDefinition proxy = new RootBeanDefinition(ServiceProxy.class);
        proxy.setFactoryBeanName(ServiceProxies.BEAN_NAME);
        proxy.setFactoryMethodName("service");
        proxy.getConstructorArgumentValues().addIndexedArgumentValue(0, name);
        proxy.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
        AutowireCandidateQualifier ours = new AutowireCandidateQualifier(MeshService.class, name);
        ours.setAttribute("type", "service"); // equality leaves the type out: AOT processing would drop one of two
        proxy.addQualifier(ours);
        proxy.setDefaultCandidate(false);
        proxy.setLazyInit(true); // the application's own mesh need not have every service that has properties
        registry.registerBeanDefinition(beanName, proxy);
    }
}
