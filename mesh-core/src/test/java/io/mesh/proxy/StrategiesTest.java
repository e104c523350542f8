package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.event.MeshEvent;
import io.mesh.loadbalancer.CallObserver;
import io.mesh.loadbalancer.CallOutcome;
import io.mesh.loadbalancer.Candidates;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.Lease;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.loadbalancer.Picker;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.MeshConfig;
import io.mesh.model.OutlierConfig;
import io.mesh.model.Repeat;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What strategies are told of the calls of a service, and what they decide there. */
class StrategiesTest {

    private final ManualClock clock = new ManualClock();
    private final List<String> heard = new CopyOnWriteArrayList<>();

    /** The first of the list, or the next on a retry. */
    private class Listening implements Picker {

        @Override
        public Endpoint pick(Candidates candidates, CallOptions options, long now) {
            return candidates.get(0);
        }

        @Override
        public boolean measuresLatency() {
            return true;
        }

        @Override
        public @Nullable CallObserver observe(Endpoint endpoint) {
            return new CallObserver() {
                @Override
                public void started() {
                    heard.add(endpoint.id() + " started");
                }

                @Override
                public void ended(CallOutcome outcome, long latencyNanos, long now) {
                    heard.add(endpoint.id() + " " + outcome + " " + latencyNanos);
                }
            };
        }
    }

    private MeshBuilder mesh() {
        return Mesh.builder().ticker(clock).sleeper(clock).scheduler(clock).strategy("listening", Listening::new);
    }

    private ServiceProxy listening() {
        return mesh().service("orders", s -> s.instances("a:1", "b:1")
                        .customStrategy("listening")
                        .circuitBreaker(CircuitBreakerConfig.builder()
                                .ignore(UnsupportedOperationException.class)
                                .recordSuccess(ArithmeticException.class)
                                .recordFailureResult(String.class, "bad"::equals)
                                .build())
                        .repeat(Repeat.ANY)
                        .retry(RetryConfig.builder()
                                .initialDelay(Duration.ZERO)
                                .retryOn(IllegalStateException.class)
                                .attemptTimeout(Duration.ofMillis(1))
                                .build()))
                .build()
                .service("orders");
    }

    @Test
    void aStrategyHearsOfEachAttemptAsTheBreakerSeesIt() {
        ServiceProxy orders = listening();

        orders.call(instance -> {
            clock.advance(Duration.ofNanos(7));
            return "fine";
        });
        orders.call(instance -> "bad");
        assertThatThrownBy(() -> orders.run(instance -> {
                    throw new UnsupportedOperationException();
                }))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> orders.run(instance -> {
                    throw new ArithmeticException();
                }))
                .isInstanceOf(ArithmeticException.class);
        orders.call(instance -> {
            if (instance.id().equals("a:1")) {
                throw new IllegalStateException();
            }
            return "fine";
        });

        assertThat(heard)
                .containsExactly(
                        "a:1 started", "a:1 SUCCESS 7",
                        "a:1 started", "a:1 FAILURE 0",
                        "a:1 started", "a:1 ABANDONED 0",
                        "a:1 started", "a:1 SUCCESS 0",
                        "a:1 started", "a:1 FAILURE 0",
                        "b:1 started", "b:1 SUCCESS 0");
    }

    @Test
    void ofAnAsynchronousCallItHearsWhenItsStageEndsOrItIsCancelled() {
        ServiceProxy orders = listening();
        CompletableFuture<String> first = new CompletableFuture<>();
        CompletableFuture<String> second = new CompletableFuture<>();

        orders.callAsync(instance -> first);
        CompletableFuture<String> cancelled = orders.callAsync(instance -> second);
        clock.advance(Duration.ofNanos(9));
        first.complete("fine");
        cancelled.cancel(true);

        assertThat(heard).containsExactly("a:1 started", "a:1 started", "a:1 SUCCESS 9", "a:1 ABANDONED 9");
        assertThat(orders.loadBalancer().endpoints())
                .allSatisfy(e -> assertThat(e.inFlight()).isZero());
    }

    @Test
    void anAttemptThatTakesTooLongIsAFailureAndToldOnce() {
        ServiceProxy orders = listening();
        CompletableFuture<String> stuck = new CompletableFuture<>();

        orders.callAsync(CallOptions.idempotent(false), instance -> stuck);
        clock.advance(Duration.ofMillis(1));
        stuck.complete("late");

        assertThat(heard).containsExactly("a:1 started", "a:1 FAILURE 1000000");
    }

    @Test
    void theTimeThatAResponseIsReadIsNotPartOfTheLatency() throws Exception {
        ServiceProxy orders = listening();

        Lease body = orders.exchange(CallOptions.defaults(), attempt -> {
            clock.advance(Duration.ofNanos(3));
            return attempt.keepLease();
        });
        clock.advance(Duration.ofSeconds(5));
        assertThat(body.endpoint().inFlight()).isEqualTo(1);
        body.close();

        assertThat(heard).containsExactly("a:1 started", "a:1 SUCCESS 3");
        assertThat(body.endpoint().inFlight()).isZero();
    }

    @Test
    void ofAnInstanceThatItsBreakerKeepsOutItHearsNothing() {
        ServiceProxy orders = listening();
        orders.circuitBreaker("a:1").forceOpen();

        orders.call(instance -> "fine");

        assertThat(heard).containsExactly("b:1 started", "b:1 SUCCESS 0");
    }

    /** Its circuit opens between the pick and the call. */
    @Test
    void ofAnInstanceThatRefusesACallThatWasGivenToItItHearsNothingAndNoConnectionIsCounted() {
        AtomicReference<ServiceProxy> service = new AtomicReference<>();
        Picker opening = new Listening() {
            @Override
            public Endpoint pick(Candidates candidates, CallOptions options, long now) {
                Endpoint first = candidates.get(0);
                service.get().circuitBreaker(first.id()).forceOpen();
                return first;
            }
        };
        ServiceProxy orders = mesh().strategy("opening", () -> opening)
                .service("orders", s -> s.instances("a:1", "b:1").customStrategy("opening"))
                .build()
                .service("orders");
        service.set(orders);

        assertThatThrownBy(() -> orders.call(instance -> "fine")).isInstanceOf(CircuitOpenException.class);

        assertThat(heard).isEmpty();
        assertThat(orders.loadBalancer().endpoints())
                .allSatisfy(e -> assertThat(e.inFlight()).isZero());
        assertThat(orders.snapshot().instances())
                .allSatisfy(i -> assertThat(i.breaker().calls()).isZero());
    }

    /** Also that of a call which still waits for its connection: an instance slow to connect is not idle. */
    @Test
    void aCallCountsFromThePickOn() throws Exception {
        ServiceProxy orders = mesh().service(
                        "orders", s -> s.instances("a:1", "b:1").strategy(LoadBalancerStrategy.LEAST_CONNECTIONS))
                .build()
                .service("orders");
        orders.loadBalancer().drain("b:1");
        CountDownLatch connecting = new CountDownLatch(5);
        CountDownLatch connected = new CountDownLatch(1);
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            callers.add(new Thread(() -> orders.run(instance -> {
                connecting.countDown();
                awaitUninterrupted(connected);
            })));
        }
        callers.forEach(Thread::start);
        connecting.await();

        assertThat(orders.loadBalancer().endpoint("a:1").inFlight()).isEqualTo(5);
        orders.loadBalancer().setWeight("b:1", 1);
        for (int i = 0; i < 10; i++) {
            assertThat(orders.<String, RuntimeException>call(ServiceInstance::id))
                    .isEqualTo("b:1");
        }
        connected.countDown();
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(orders.loadBalancer().endpoint("a:1").inFlight()).isZero();
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void eachServiceHasAPickerOfItsOwn() {
        List<Picker> made = new ArrayList<>();
        Mesh mesh = Mesh.builder()
                .strategy("mine", () -> {
                    made.add(new Listening());
                    return made.get(made.size() - 1);
                })
                .service("orders", s -> s.instances("a:1").customStrategy("mine"))
                .service("stock", s -> s.instances("b:1").customStrategy("mine"))
                .build();

        assertThat(made).hasSize(2);
        mesh.update(config -> config.toBuilder()
                .service(
                        "stock",
                        config.services().get("stock").toBuilder()
                                .strategy(LoadBalancerStrategy.RANDOM)
                                .build())
                .build());
        assertThat(made).hasSize(2);
        assertThat(mesh.service("stock").loadBalancer().config().strategy()).isEqualTo(LoadBalancerStrategy.RANDOM);
    }

    @Test
    void aStrategyThatNobodyHasGivenIsRefusedAndNothingIsChanged() {
        assertThatThrownBy(
                        () -> mesh().service("orders", s -> s.instances("a:1").customStrategy("listenin"))
                                .build())
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("loadBalancer.customStrategy must be one of the strategies given to the mesh, which are"
                        + " [listening], but is 'listenin'");
        Mesh mesh = mesh().service("orders", s -> s.instances("a:1")).build();

        assertThatThrownBy(() -> mesh.update(config -> config.toBuilder()
                        .service(
                                "orders",
                                config.services().get("orders").toBuilder()
                                        .customStrategy("x")
                                        .build())
                        .build()))
                .isInstanceOf(InvalidSettingException.class);
        assertThat(mesh.config().services().get("orders").loadBalancer().customStrategy())
                .isNull();
        assertThat(mesh.service("orders").<String, RuntimeException>call(instance -> instance.id()))
                .isEqualTo("a:1");
    }

    @Test
    void aChangeThatAFactoryRefusesIsTakenBackAndMayBeTriedAgain() {
        AtomicBoolean broken = new AtomicBoolean(true);
        MeshBuilder builder = mesh().strategy("mine", () -> {
            if (broken.get()) {
                throw new IllegalStateException("not yet");
            }
            return new Listening();
        });
        List<String> services = List.of("s-0", "s-1", "s-2", "s-3", "s-4", "s-5", "s-6", "s-7", "s-8", "s-9");
        services.forEach(name -> builder.service(name, s -> s.instances("a:1")));
        Mesh mesh = builder.build();
        MeshConfig before = mesh.config();
        MeshConfig.Builder wanted = before.toBuilder();
        services.forEach(name -> wanted.service( // some of them come before the one that is refused
                name,
                before.services().get(name).toBuilder()
                        .instances("b:1")
                        .customStrategy(name.equals("s-5") ? "mine" : null)
                        .build()));

        assertThatThrownBy(() -> mesh.reconfigure(wanted.build())).hasMessage("not yet");
        assertThat(mesh.config()).isEqualTo(before);
        assertThat(services)
                .allSatisfy(name -> assertThat(mesh.service(name).loadBalancer().endpoint("a:1"))
                        .isNotNull());

        broken.set(false);
        mesh.reconfigure(wanted.build());
        assertThat(services)
                .allSatisfy(name -> assertThat(mesh.service(name).loadBalancer().endpoint("b:1"))
                        .isNotNull());
        assertThat(mesh.service("s-5").loadBalancer().config().customStrategy()).isEqualTo("mine");
    }

    @Test
    void aChangeWhoseStrategyCannotPrepareTheListChangesNothing() {
        AtomicBoolean broken = new AtomicBoolean(true);
        Mesh mesh = mesh().strategy("mine", () -> new Picker() {
                    @Override
                    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
                        return candidates.get(0);
                    }

                    @Override
                    public @Nullable Object prepare(Candidates candidates, Candidates before) {
                        if (broken.get()) {
                            throw new IllegalStateException("not yet");
                        }
                        return null;
                    }
                })
                .service("orders", s -> s.instances("a:1", "b:1"))
                .build();
        LoadBalancer balancer = mesh.service("orders").loadBalancer();
        MeshConfig before = mesh.config();
        MeshConfig wanted = before.toBuilder()
                .service(
                        "orders",
                        before.services().get("orders").toBuilder()
                                .customStrategy("mine")
                                .build())
                .build();

        assertThatThrownBy(() -> mesh.reconfigure(wanted)).hasMessage("not yet");
        assertThat(mesh.config()).isEqualTo(before);
        assertThat(balancer.config().customStrategy()).isNull();
        balancer.drain("a:1");
        assertThat(balancer.select().id()).isEqualTo("b:1");

        broken.set(false);
        mesh.reconfigure(wanted);
        assertThat(balancer.config().customStrategy()).isEqualTo("mine");
    }

    @Test
    void aStrategyThatCannotPrepareAListHarmsNoCallAndNoCount() {
        List<MeshEvent> events = new ArrayList<>();
        ServiceProxy orders = mesh().listener(events::add)
                .strategy("pairs", () -> new Picker() {
                    @Override
                    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
                        return candidates.get(0);
                    }

                    @Override
                    public @Nullable Object prepare(Candidates candidates, Candidates before) {
                        if (candidates.size() < 2) {
                            throw new IllegalStateException("too few");
                        }
                        return null;
                    }
                })
                .service("orders", s -> s.instances("a:1", "b:1")
                        .customStrategy("pairs")
                        .circuitBreaker(CircuitBreakerConfig.builder()
                                .failureThreshold(1)
                                .build()))
                .build()
                .service("orders");

        assertThatThrownBy(() -> orders.run(instance -> {
                    throw new IOException("broken");
                }))
                .hasMessage("broken");

        assertThat(orders.<String, RuntimeException>call(instance -> instance.id()))
                .isEqualTo("b:1");
        assertThat(orders.loadBalancer().endpoints())
                .allSatisfy(e -> assertThat(e.inFlight()).isZero());
        assertThat(events).hasSize(1).first().isInstanceOf(MeshEvent.StateChanged.class);
    }

    @Test
    void aMeshThatCannotBeBuiltLeavesNothingRunning() {
        MeshBuilder builder = mesh().strategy("mine", () -> {
                    throw new IllegalStateException("never");
                })
                .service("orders", s -> s.instances("a:1").customStrategy("mine"));
        for (int i = 0; i < 10; i++) { // some of them come before
            builder.service("other-" + i, s -> s.instances("a:1").outlierDetection(OutlierConfig.defaults()));
        }

        assertThatThrownBy(builder::build).hasMessage("never");

        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void callsOfOneKeyGoToOneInstanceAndTheirRetriesToTheSameNextOne() {
        ServiceProxy orders = mesh().service("orders", s -> s.instances("a:1", "b:1", "c:1", "d:1")
                        .strategy(LoadBalancerStrategy.CONSISTENT_HASH)
                        .retry(RetryConfig.builder().initialDelay(Duration.ZERO).build()))
                .build()
                .service("orders");
        CallOptions options = CallOptions.idempotent(true).withHashKey("customer-42");
        Set<List<String>> ways = new HashSet<>();

        for (int i = 0; i < 4; i++) { // fewer than open a circuit
            List<String> way = new ArrayList<>();
            orders.call(options, instance -> {
                way.add(instance.id());
                if (way.size() == 1) {
                    throw new IllegalStateException("first fails");
                }
                return "fine";
            });
            ways.add(way);
        }
        for (int i = 0; i < 4; i++) {
            List<String> way = new ArrayList<>();
            orders.<String>callAsync(options, instance -> {
                        way.add(instance.id());
                        return CompletableFuture.completedFuture("fine");
                    })
                    .join();
            assertThat(ways.iterator().next()).startsWith(way.get(0));
        }

        assertThat(ways).hasSize(1);
        assertThat(ways.iterator().next()).hasSize(2).doesNotHaveDuplicates();
    }
}
