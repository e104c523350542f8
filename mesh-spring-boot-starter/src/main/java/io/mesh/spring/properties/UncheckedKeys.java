package io.mesh.spring.properties;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Warns of keys that do not exist in the two sources Boot leaves out of its check: the environment and the
 * system properties belong to the machine too, so what is unknown there does not stop the start.
 */
final class UncheckedKeys {

    private static final Log LOG = LogFactory.getLog("io.mesh");

    private UncheckedKeys() {}

    static void warn(Environment environment) {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource iterable && isUnchecked(iterable)) {
                iterable.stream()
                        .filter(name -> Schema.ROOT.isAncestorOf(name) && !Schema.knows(name))
                        .map(iterable::getConfigurationProperty)
                        .forEach(UncheckedKeys::warn);
            }
        }
    }

    private static void warn(ConfigurationProperty property) {
        LOG.warn(property.getName() + " is no setting of Mesh and has no effect" + Wording.place(property.getOrigin())
                + ". " + Schema.mend(property.getName()));
    }

    private static boolean isUnchecked(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> underlying
                && (underlying.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME)
                        || underlying.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME));
    }
}
