package io.mesh.spring.autoconfigure;

import io.mesh.discovery.ServiceDiscovery;
import io.mesh.event.MeshListener;
import io.mesh.loadbalancer.Picker;
import io.mesh.model.MeshConfig;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.MeshBuilder;
import io.mesh.spring.aop.GuardRegistrar;
import io.mesh.spring.inject.ServiceProxyRegistrar;
import io.mesh.spring.properties.MeshConfigMapper;
import io.mesh.spring.properties.MeshKeys;
import io.mesh.spring.properties.MeshProperties;
import io.mesh.spring.properties.Observing;
import io.mesh.spring.properties.OnMeshEnabled;
import java.util.List;
import java.util.concurrent.Executor;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/** The mesh of the application, a proxy for each of its services, and the annotations. */
@AutoConfiguration
@Conditional(OnMeshEnabled.class)
@EnableConfigurationProperties(MeshProperties.class)
@Import({ServiceProxyRegistrar.class, GuardRegistrar.class})
class MeshAutoConfiguration {

    /** The executor runs the hedges of blocking calls; it is that of Spring Boot, or one of the application's of that name. */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    Mesh mesh(
            Environment environment,
            ObjectProvider<MeshProperties> properties,
            ObjectProvider<MeshListener> listeners,
            @Qualifier("applicationTaskExecutor") ObjectProvider<Executor> executor,
            ListableBeanFactory beans,
            @Qualifier(MeshConfigMapper.SPRING_CLOUD) ObjectProvider<ServiceDiscovery.Factory> springCloud) {
        List<String> strategies = List.of(beans.getBeanNamesForType(Picker.class));
        ServiceDiscovery.Factory discovery = springCloud.getIfAvailable();
        MeshBuilder mesh = Mesh.builder();
        if (MeshKeys.maybeSet(environment)) {
            boolean stackTraces = properties.getObject().stackTraces();
            MeshConfig config = config(new MeshConfigMapper(environment), strategies, discovery != null);
            mesh.config(config).stackTraces(stackTraces);
        }
        mesh.listeners(listeners.orderedStream().toList()).hedgeExecutor(executor.getIfAvailable());
        for (String name : strategies) {
            mesh.strategy(name, () -> beans.getBean(name, Picker.class));
        }
        if (discovery != null) {
            mesh.discovery(MeshConfigMapper.SPRING_CLOUD, discovery);
        }
        return mesh.build();
    }

    private static MeshConfig config(MeshConfigMapper mapper, List<String> strategies, boolean hasSpringCloud) {
        mapper.warnOfUncheckedKeys();
        MeshConfig config = mapper.config();
        mapper.requireStrategies(config, strategies);
        mapper.warnOfUnmatched(config);
        Observing.say(config);
        if (!hasSpringCloud) {
            mapper.refuseSpringCloud(config);
        }
        return config;
    }
}
