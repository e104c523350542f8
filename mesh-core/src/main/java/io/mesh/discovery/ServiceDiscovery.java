package io.mesh.discovery;

import io.mesh.model.DiscoveryConfig;
import io.mesh.model.DiscoverySource;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Scheduler;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Tells where the instances of one service are, and tells it again whenever that changes.
 *
 * <p>It tells what it sees and decides nothing: that an old list is kept when it fails, and an empty one is not believed
 * at once, is the listener's part, and the same for every source. A mesh makes one for each service that has discovery, and
 * starts and closes it; see {@code Mesh.builder().discovery(...)} for a source of one's own.
 */
public interface ServiceDiscovery extends AutoCloseable {

    /**
     * Begins to tell. Called once; must not block and must not throw: what goes wrong is told to the listener.
     *
     * @param listener hears every answer, on any thread, and may hear one before this returns
     */
    void start(Listener listener);

    /** Ends it. Must not block; the listener makes nothing of what comes later. Closing twice is closing once. */
    @Override
    void close();

    /** Hears where the instances are. Its methods are quick and never throw; they may be called on any thread. */
    interface Listener {

        /**
         * The source has answered, with the whole list, whether or not it differs from the one before.
         *
         * @param instances all there are; of two with the same id the last counts; may be empty
         */
        void found(List<ServiceInstance> instances);

        /**
         * The source could not tell.
         *
         * @param cause why
         */
        void failed(Throwable cause);
    }

    /** Makes the discovery of a service; a way of discovery that a mesh is given under a name. */
    @FunctionalInterface
    interface Factory {

        /**
         * Makes the discovery of one service. Must not block.
         *
         * @param service what the service is called there, {@link DiscoverySource.Named#service()}
         * @param config the settings; what concerns refreshing is up to the implementation
         * @return a new one, not started
         */
        ServiceDiscovery create(String service, DiscoveryConfig config);
    }

    /**
     * A list that never changes.
     *
     * @param instances told once
     * @return the discovery
     */
    static ServiceDiscovery fixed(List<ServiceInstance> instances) {
        return new FixedDiscovery(instances);
    }

    /**
     * The discovery for one of the sources there are without further libraries: DNS or a file.
     *
     * @param config where to look and how often
     * @param scheduler waits between look-ups; these are made on other threads
     * @param random spreads the waits; thread-safe
     * @return the discovery, not started
     * @throws IllegalArgumentException if the source is a {@link DiscoverySource.Named}, which only a factory knows
     */
    static ServiceDiscovery of(DiscoveryConfig config, Scheduler scheduler, RandomGenerator random) {
        DiscoverySource source = config.source();
        PollingDiscovery.Lookup lookup;
        if (source instanceof DiscoverySource.Dns dns) {
            lookup = new DnsLookup(dns);
        } else if (source instanceof DiscoverySource.Srv srv) {
            lookup = new SrvLookup(srv);
        } else if (source instanceof DiscoverySource.JsonFile file) {
            lookup = new FileLookup(file.path());
        } else {
            throw new IllegalArgumentException(
                    "source must be dns, srv or a file, but is " + source.describe() + ", which its factory makes");
        }
        return new PollingDiscovery(lookup, config, scheduler, random, LookupThreads.SHARED);
    }
}
