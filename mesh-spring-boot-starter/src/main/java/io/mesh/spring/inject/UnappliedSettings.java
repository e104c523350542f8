package io.mesh.spring.inject;

import io.mesh.spring.properties.MeshConfigMapper;
import io.mesh.spring.properties.MeshKeys;
import io.mesh.spring.properties.MeshProperties;
import java.util.Set;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.Environment;

/**
 * Checks the properties although the application has a mesh of its own, and says that they do not reach it:
 * nobody should believe in settings that have no effect.
 */
final class UnappliedSettings implements SmartInitializingSingleton {

    static final String BEAN_NAME = "mesh.unappliedSettings";

    private static final Log LOG = LogFactory.getLog("io.mesh");

    private final ConfigurableListableBeanFactory beans;
    private final Environment environment;

    UnappliedSettings(ConfigurableListableBeanFactory beans, Environment environment) {
        this.beans = beans;
        this.environment = environment;
    }

    @Override
    public void afterSingletonsInstantiated() {
        String own = OwnMesh.beanName(beans);
        if (own == null || !MeshKeys.maybeSet(environment)) {
            return;
        }
        beans.getBean(MeshProperties.class); // refuses keys that do not exist
        MeshConfigMapper mapper = new MeshConfigMapper(environment);
        mapper.config();
        mapper.warnOfUncheckedKeys();
        Set<String> groups = mapper.groups();
        if (!groups.isEmpty()) {
            LOG.info("Not applied to the application's own Mesh bean '" + own + "': " + String.join(", ", groups)
                    + ". Annotations still take their settings from mesh.circuit-breakers, mesh.retries,"
                    + " mesh.timeouts, mesh.concurrency-limits and mesh.defaults.");
        }
    }
}
