package io.mesh.spring.autoconfigure;

import io.mesh.spring.discovery.SpringCloudDiscovery;
import io.mesh.spring.properties.MeshConfigMapper;
import io.mesh.spring.properties.OnMeshEnabled;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/** Discovery by Spring Cloud's {@code DiscoveryClient}, where Spring Cloud is. */
@AutoConfiguration
@Conditional(OnMeshEnabled.class)
@ConditionalOnClass(DiscoveryClient.class)
class MeshSpringCloudAutoConfiguration {

    @Bean
    @Qualifier(MeshConfigMapper.SPRING_CLOUD)
    SpringCloudDiscovery meshSpringCloudDiscovery(ObjectProvider<DiscoveryClient> clients) {
        return new SpringCloudDiscovery(clients);
    }
}
