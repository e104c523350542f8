package io.mesh.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Some of the instances of a service, known by their metadata, such as those of a new version. Calls come to them by
 * {@link CallOptions#withSubset}, or as a share of those that name no subset.
 *
 * @param metadata entries that an instance must have, all of them, to be of the subset; at least one
 * @param percent which share of the calls that name no subset goes to it, 0 to 100; its instances then receive no others.
 *     Null, the default: its instances receive such calls like any others
 * @param fallback whether a call that names the subset goes to the other instances while it has none to call; default
 *     false: such a call is rejected
 */
public record SubsetConfig(
        Map<String, String> metadata, @Nullable Integer percent, boolean fallback) {

    /**
     * Checks every component, and keeps the map as an unmodifiable copy.
     *
     * @throws InvalidSettingException if one is missing or out of its range
     */
    public SubsetConfig {
        Check.present("metadata", metadata);
        metadata = Map.copyOf(metadata);
        if (metadata.isEmpty()) {
            throw new InvalidSettingException(
                    "metadata", "{}", "must have at least one entry, such as version: canary");
        }
        if (percent != null && (percent < 0 || percent > 100)) {
            throw new InvalidSettingException("percent", percent, "must be between 0 and 100");
        }
    }

    /**
     * The instances with this entry in their metadata.
     *
     * @param key of the entry
     * @param value of the entry
     * @return the settings, without a share
     */
    public static SubsetConfig of(String key, String value) {
        return new SubsetConfig(Map.of(key, value), null, false);
    }

    /**
     * Whether an instance is of the subset.
     *
     * @param instance any
     * @return true if it has all of the {@code metadata}
     */
    public boolean includes(ServiceInstance instance) {
        return instance.metadata().entrySet().containsAll(metadata.entrySet());
    }

    /**
     * A copy with a share of the calls that name no subset.
     *
     * @param share 0 to 100; null: its instances receive such calls like any others
     * @return the copy
     * @throws InvalidSettingException if the share is out of its range
     */
    public SubsetConfig withPercent(@Nullable Integer share) {
        return new SubsetConfig(metadata, share, fallback);
    }

    /**
     * A copy that says where calls go that name the subset while it has no instance to call.
     *
     * @param elsewhere true: to the other instances; false: nowhere, they are rejected
     * @return the copy
     */
    public SubsetConfig withFallback(boolean elsewhere) {
        return new SubsetConfig(metadata, percent, elsewhere);
    }
}
