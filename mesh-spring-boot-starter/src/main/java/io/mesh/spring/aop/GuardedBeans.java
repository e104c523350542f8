package io.mesh.spring.aop;

import io.mesh.proxy.Mesh;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.ProxyConfig;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.BeanDefinitionStoreException;
import org.springframework.beans.factory.CannotLoadBeanClassException;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.util.ClassUtils;

/**
 * Finds at start what cannot work, and has the mesh closed after the beans it guards.
 *
 * <p>Every bean is looked at twice: before it is made, by the class it really has, and at the end of the
 * start, by what its definition tells, so that lazy and prototype beans are seen too. No bean is made for
 * that.
 */
final class GuardedBeans implements MergedBeanDefinitionPostProcessor, SmartInitializingSingleton {

    private final Guards guards;
    private final ConfigurableListableBeanFactory beans;
    private volatile boolean started;

    GuardedBeans(Guards guards, ConfigurableListableBeanFactory beans) {
        this.guards = guards;
        this.beans = beans;
    }

    /** Rules only: settings may not be there yet, for example while code is generated ahead of time. */
    @Override
    public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String name) {
        check(type, name, false);
        if (started && isGuarded(type)) {
            destroyBeforeMeshes(name); // a lazy bean whose definition did not tell its class
        }
    }

    @Override
    public void afterSingletonsInstantiated() {
        beans.getBeanProvider(Mesh.class)
                .getIfUnique(); // made now even if beans are lazy: settings are checked at start
        started = true;
        Set<Class<?>> guarded = new LinkedHashSet<>();
        for (String name : beans.getBeanDefinitionNames()) {
            Class<?> type = type(name);
            if (type != null) {
                check(type, name, beans.containsSingleton(name));
                guards.resolveAll(type);
                if (isGuarded(type)) {
                    guarded.add(ClassUtils.getUserClass(type));
                    destroyBeforeMeshes(name);
                }
            }
        }
        guarded.forEach(type -> SelfCalls.warn(type, guards.annotated().of(type).values()));
    }

    private boolean isGuarded(Class<?> type) {
        return !guards.annotated().of(type).isEmpty();
    }

    private void check(Class<?> type, String name, boolean made) {
        if (isGuarded(type)) {
            boolean byInterface = isProxiedByInterface(ClassUtils.getUserClass(type), name);
            guards.annotated().of(type).values().forEach(method -> {
                GuardRules.check(method, byInterface);
                if (!byInterface && !made) { // one that is made has a proxy, perhaps not one of Spring's
                    GuardRules.checkExtensible(method);
                }
            });
        }
    }

    /**
     * Nothing injects the mesh into a guarded bean, so that Spring would close it first, and what other beans do at
     * their end would no longer be retried. Not for what the mesh itself is made of, which ends after it.
     */
    private void destroyBeforeMeshes(String name) {
        for (String mesh : beans.getBeanNamesForType(Mesh.class, true, false)) {
            if (!needs(mesh, name, new HashSet<>())) {
                beans.registerDependentBean(mesh, name);
            }
        }
    }

    private boolean needs(String dependent, String name, Set<String> seen) {
        if (dependent.equals(name)) {
            return true;
        }
        if (seen.add(dependent)) {
            for (String needed : beans.getDependenciesForBean(dependent)) {
                if (needs(needed, name, seen)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The class that a bean has or will have, as far as that is known without making it. */
    private @Nullable Class<?> type(String name) {
        if (beans.getMergedBeanDefinition(name).isAbstract()) {
            return null;
        }
        Object singleton = beans.getSingleton(name);
        if (singleton != null && !(singleton instanceof FactoryBean<?>)) {
            return AopProxyUtils.ultimateTargetClass(singleton);
        }
        try {
            return beans.getType(name, false);
        } catch (CannotLoadBeanClassException | BeanDefinitionStoreException unusable) {
            return null; // a definition that nobody has used so far; whoever does gets this exception
        }
    }

    /** As the auto-proxy creator decides it. */
    private boolean isProxiedByInterface(Class<?> type, String name) {
        if (!beans.containsBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME)) {
            return false;
        }
        Object creator = beans.getBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME);
        return creator instanceof ProxyConfig config
                && !config.isProxyTargetClass()
                && !AutoProxyUtils.shouldProxyTargetClass(beans, name)
                && hasContract(type);
    }

    private static boolean hasContract(Class<?> type) {
        for (Class<?> contract : ClassUtils.getAllInterfacesForClass(type)) {
            if (contract.getMethods().length > 0
                    && !contract.getName().startsWith("java.lang.")
                    && !contract.getName().startsWith("org.springframework.beans.factory.")
                    && !contract.getName().startsWith("org.springframework.context.")) {
                return true;
            }
        }
        return false;
    }
}
