package io.mesh.spring.properties;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.core.env.Environment;

/** Tells whether there is anything to read, so that an application that sets nothing does not wait for its reading. */
public final class MeshKeys {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("mesh");

    private MeshKeys() {}

    /**
     * Whether anything under {@code mesh} may be set.
     *
     * @param environment has the sources of properties
     * @return false if surely nothing is, so that everything has its default; a source that cannot list what it has may
     *     have anything
     */
    public static boolean maybeSet(Environment environment) {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source.containsDescendantOf(ROOT) != ConfigurationPropertyState.ABSENT) {
                return true;
            }
        }
        return false;
    }
}
