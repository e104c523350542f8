package io.mesh.model;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the instances of a service are found and kept up to date.
 *
 * <p>A failed look-up changes nothing: the last good list stays, however old. A look-up that finds nobody is believed
 * only when it has been true for {@code emptyGrace}.
 *
 * @param source where to look
 * @param refreshInterval how long after a look-up the next one is made; default 10 s, of a file 1 s
 * @param refreshJitter by which share a wait is shortened by chance, so that clients do not ask in step, 0 to 1; default
 *     0.2
 * @param maxBackoff the longest wait after failed look-ups, at least {@code refreshInterval}; the first is 100 ms, each
 *     further one twice as long; default 60 s, of a file 1 s; {@code refreshInterval} if that is longer
 * @param emptyGrace for how long a source must have found nobody until the last list is given up; 0: at once; default
 *     30 s
 * @param maxWait for how long after the look-ups have begun calls wait for the first instance; afterwards, and with 0,
 *     they fail at once while there is none; default 3 s
 */
public record DiscoveryConfig(
        DiscoverySource source,
        Duration refreshInterval,
        double refreshJitter,
        Duration maxBackoff,
        Duration emptyGrace,
        Duration maxWait) {

    private static final Duration REFRESH_INTERVAL = Duration.ofSeconds(10);
    private static final Duration FILE_REFRESH_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(10);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(60);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is missing or out of its range
     */
    public DiscoveryConfig {
        Check.present("source", source);
        Check.present("refreshInterval", refreshInterval);
        if (refreshInterval.compareTo(SHORTEST_INTERVAL) < 0) {
            throw new InvalidSettingException("refreshInterval", refreshInterval, "must be 10 ms or longer");
        }
        if (!(refreshJitter >= 0.0 && refreshJitter <= 1.0)) {
            throw new InvalidSettingException("refreshJitter", refreshJitter, "must be between 0 and 1");
        }
        Check.present("maxBackoff", maxBackoff);
        if (maxBackoff.compareTo(refreshInterval) < 0) {
            throw new InvalidSettingException(
                    "maxBackoff", maxBackoff, "must be as long as refreshInterval (" + refreshInterval + ") or longer");
        }
        Check.notNegative("emptyGrace", emptyGrace);
        Check.notNegative("maxWait", maxWait);
    }

    /**
     * Discovery by the address records of a host name, with default settings.
     *
     * @param host the name
     * @param port of every instance
     * @return the settings
     * @throws InvalidSettingException if one could not be that of an instance
     */
    public static DiscoveryConfig dns(String host, int port) {
        return of(new DiscoverySource.Dns(host, port));
    }

    /**
     * Discovery by the SRV records of a name, with default settings.
     *
     * @param name such as {@code _http._tcp.orders.internal}
     * @return the settings
     * @throws InvalidSettingException if it is no DNS name
     */
    public static DiscoveryConfig srv(String name) {
        return of(new DiscoverySource.Srv(name, null));
    }

    /**
     * Discovery by a JSON file, with default settings.
     *
     * @param path of the file
     * @return the settings
     */
    public static DiscoveryConfig file(Path path) {
        return of(new DiscoverySource.JsonFile(path));
    }

    /**
     * Discovery by a way that the mesh was given, with default settings.
     *
     * @param name of the way
     * @param service what the service is called there
     * @return the settings
     * @throws InvalidSettingException if the name is not lower-case kebab, or the service is blank
     */
    public static DiscoveryConfig named(String name, String service) {
        return of(new DiscoverySource.Named(name, service));
    }

    /**
     * Discovery with default settings.
     *
     * @param source where to look
     * @return the settings
     */
    public static DiscoveryConfig of(DiscoverySource source) {
        boolean file =
                source instanceof DiscoverySource.JsonFile; // cheap to read, and mended by somebody who waits for it
        return new DiscoveryConfig(
                source,
                file ? FILE_REFRESH_INTERVAL : REFRESH_INTERVAL,
                0.2,
                file ? FILE_REFRESH_INTERVAL : MAX_BACKOFF,
                Duration.ofSeconds(30),
                Duration.ofSeconds(3));
    }

    /** {@return a builder that starts from these settings} */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects settings; not thread-safe. Nothing is checked before {@link #build()}. */
    public static final class Builder {

        private DiscoverySource source;
        private Duration refreshInterval;
        private double refreshJitter;
        private Duration maxBackoff;
        private boolean maxBackoffSet;
        private Duration emptyGrace;
        private Duration maxWait;

        private Builder(DiscoveryConfig from) {
            source = from.source;
            refreshInterval = from.refreshInterval;
            refreshJitter = from.refreshJitter;
            maxBackoff = from.maxBackoff;
            emptyGrace = from.emptyGrace;
            maxWait = from.maxWait;
        }

        /**
         * Sets where to look.
         *
         * @param where any
         * @return this builder
         */
        public Builder source(DiscoverySource where) {
            this.source = where;
            return this;
        }

        /**
         * Sets how long after a look-up the next one is made.
         *
         * @param time 10 ms or longer
         * @return this builder
         */
        public Builder refreshInterval(Duration time) {
            this.refreshInterval = time;
            return this;
        }

        /**
         * Sets by which share a wait is shortened by chance.
         *
         * @param share 0 to 1
         * @return this builder
         */
        public Builder refreshJitter(double share) {
            this.refreshJitter = share;
            return this;
        }

        /**
         * Sets the longest wait after failed look-ups.
         *
         * @param time {@code refreshInterval} or longer
         * @return this builder
         */
        public Builder maxBackoff(Duration time) {
            this.maxBackoff = time;
            this.maxBackoffSet = true;
            return this;
        }

        /**
         * Sets for how long a source must have found nobody until that is believed.
         *
         * @param time 0 or longer; 0: at once
         * @return this builder
         */
        public Builder emptyGrace(Duration time) {
            this.emptyGrace = time;
            return this;
        }

        /**
         * Sets for how long after the start calls wait for the first instance.
         *
         * @param time 0 or longer; 0: they fail at once
         * @return this builder
         */
        public Builder maxWait(Duration time) {
            this.maxWait = time;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is missing or out of its range
         */
        public DiscoveryConfig build() {
            boolean raised = !maxBackoffSet
                    && maxBackoff != null
                    && refreshInterval != null
                    && maxBackoff.compareTo(refreshInterval) < 0;
            return new DiscoveryConfig(
                    source, refreshInterval, refreshJitter, raised ? refreshInterval : maxBackoff, emptyGrace, maxWait);
        }
    }
}
