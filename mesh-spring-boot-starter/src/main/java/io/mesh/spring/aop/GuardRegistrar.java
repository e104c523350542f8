package io.mesh.spring.aop;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Registers what applies the annotations. Imported by the auto-configuration.
 *
 * <p>It makes sure of an auto-proxy creator itself: with {@code spring.aop.auto=false} or without Boot's AOP
 * configuration there would be none, and the annotations would silently do nothing. Such a creator proxies by class
 * unless {@code spring.aop.proxy-target-class} says otherwise, as Boot's does. All beans are
 * infrastructure: such a creator takes no other advisors, and beans needed by a post-processor draw a warning
 * if they are not.
 */
public final class GuardRegistrar implements ImportBeanDefinitionRegistrar {

    private final Environment environment;

    /**
     * Made by Spring.
     *
     * @param environment tells how to make proxies
     */
    public GuardRegistrar(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        boolean isOurs = AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry) != null;
        if (isOurs && environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true)) {
            AopConfigUtils.forceAutoProxyCreatorToUseClassProxying(registry);
        }
        register(Guards.class, "mesh.guards", registry);
        register(GuardAdvisor.class, "mesh.guardAdvisor", registry);
        register(GuardedBeans.class, "mesh.guardedBeans", registry);
    }

    private static void register(Class<?> type, String name, BeanDefinitionRegistry registry) {
        RootBeanDefinition definition = new RootBeanDefinition(type);
        definition.setAutowireMode(RootBeanDefinition.AUTOWIRE_CONSTRUCTOR);
        definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
        registry.registerBeanDefinition(name, definition);
    }
}
