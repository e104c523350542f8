package io.mesh.spring.inject;

import io.mesh.spring.properties.MeshConfigMapper;
import java.util.Set;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Checks the properties although the application has a mesh of its own, and says that they do not reach it:
 * nobody should believe in settings that have no effect.
 */
final class UnappliedSettings implements SmartInitializingSingleton {

    static final String BEAN_NAME = "mesh.unappliedSettings";

    private static final Log LOG = LogFactory.getLog("io.mesh");

    private final ConfigurableListableBeanFactory beans;
    private final MeshConfigMapper mapper;

    UnappliedSettings(ConfigurableListableBeanFactory beans, MeshConfigMapper mapper) {
        this.beans = beans;
        this.mapper = mapper;
    }

    @Override
    public void afterSingletonsInstantiated() {
        String own = OwnMesh.beanName(beans);
        if (own == null) {
            return;
        }
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
