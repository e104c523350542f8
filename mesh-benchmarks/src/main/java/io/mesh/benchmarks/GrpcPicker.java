package io.mesh.benchmarks;

import io.grpc.Attributes;
import io.grpc.ChannelLogger;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.SynchronizationContext;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** The picker of gRPC's own {@code round_robin}, over subchannels that are ready at once. */
final class GrpcPicker {

    private GrpcPicker() {}

    static LoadBalancer.SubchannelPicker roundRobin(int count) {
        SynchronizationContext sync = new SynchronizationContext((thread, e) -> {
            throw new IllegalStateException(e);
        });
        FakeHelper helper = new FakeHelper(sync);
        LoadBalancer balancer = Objects.requireNonNull(
                        LoadBalancerRegistry.getDefaultRegistry().getProvider("round_robin"))
                .newLoadBalancer(helper);
        List<EquivalentAddressGroup> addresses = Peers.hosts(count).stream()
                .map(host -> new EquivalentAddressGroup(InetSocketAddress.createUnresolved(host, 8080)))
                .toList();
        sync.execute(() -> balancer.acceptResolvedAddresses(LoadBalancer.ResolvedAddresses.newBuilder()
                .setAddresses(addresses)
                .build()));
        Peers.require(helper.state == ConnectivityState.READY, "READY, not " + helper.state);
        Peers.require(helper.started == count, count + " subchannels");
        return Objects.requireNonNull(helper.picker);
    }

    private static final class FakeHelper extends LoadBalancer.Helper {
        private final SynchronizationContext sync;
        private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(r -> {
            Thread thread = new Thread(r, "grpc-timer");
            thread.setDaemon(true);
            return thread;
        });
        private @Nullable ConnectivityState state;
        private LoadBalancer.@Nullable SubchannelPicker picker;
        private int started;

        FakeHelper(SynchronizationContext sync) {
            this.sync = sync;
        }

        @Override
        public LoadBalancer.Subchannel createSubchannel(LoadBalancer.CreateSubchannelArgs args) {
            return new FakeSubchannel(args);
        }

        @Override
        public void updateBalancingState(ConnectivityState newState, LoadBalancer.SubchannelPicker newPicker) {
            state = newState;
            picker = newPicker;
        }

        @Override
        public SynchronizationContext getSynchronizationContext() {
            return sync;
        }

        @Override
        public ScheduledExecutorService getScheduledExecutorService() {
            return timer;
        }

        @Override
        public ChannelLogger getChannelLogger() {
            return new ChannelLogger() {
                @Override
                public void log(ChannelLogLevel level, String message) {
                    // quiet
                }

                @Override
                public void log(ChannelLogLevel level, String messageFormat, Object... args) {
                    // quiet
                }
            };
        }

        @Override
        public ManagedChannel createOobChannel(EquivalentAddressGroup eag, String authority) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void refreshNameResolution() {
            // nothing to resolve
        }

        @Override
        public String getAuthority() {
            return "backend";
        }

        private final class FakeSubchannel extends LoadBalancer.Subchannel {
            private final LoadBalancer.CreateSubchannelArgs args;
            private LoadBalancer.@Nullable SubchannelStateListener listener;

            FakeSubchannel(LoadBalancer.CreateSubchannelArgs args) {
                this.args = args;
            }

            @Override
            public void start(LoadBalancer.SubchannelStateListener newListener) {
                listener = newListener;
                started++;
            }

            @Override
            public void requestConnection() {
                sync.execute(() -> Objects.requireNonNull(listener)
                        .onSubchannelState(ConnectivityStateInfo.forNonError(ConnectivityState.READY)));
            }

            @Override
            public void shutdown() {
                // nothing is open
            }

            @Override
            public List<EquivalentAddressGroup> getAllAddresses() {
                return args.getAddresses();
            }

            @Override
            public Attributes getAttributes() {
                return args.getAttributes();
            }
        }
    }
}
