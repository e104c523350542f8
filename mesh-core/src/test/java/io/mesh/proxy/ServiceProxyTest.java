package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mesh.event.MeshEvent;
import io.mesh.loadbalancer.Lease;
import io.mesh.model.BreakerScope;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.CircuitState;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.MeshConfig;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.RejectedCallException;
import io.mesh.model.Repeat;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.retry.RetryPolicy;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ServiceProxyTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);

    private final ManualClock clock = new ManualClock();
    private final List<String> called = new ArrayList<>();

    private ServiceProxy orders(Consumer<ServiceConfig.Builder> settings) {
        return Mesh.builder()
                .ticker(clock)
                .sleeper(clock)
                .scheduler(clock)
                .service("orders", s -> settings.accept(s.strategy(LoadBalancerStrategy.ROUND_ROBIN)))
                .build()
                .service("orders");
    }

    private static ServiceConfig.Builder three(ServiceConfig.Builder service) {
        return service.instances("a:1", "b:1", "c:1");
    }

    private static RetryConfig.Builder plainRetry() {
        return RetryConfig.builder().jitter(Jitter.NONE);
    }

    private String failing(ServiceInstance instance) throws IOException {
        called.add(instance.id());
        throw new IOException("failed on " + instance.id());
    }

    private String refusing(ServiceInstance instance) throws IOException {
        called.add(instance.id());
        throw new ConnectException("refused by " + instance.id());
    }

    @Test
    void theWorkIsGivenTheConfiguredInstanceItself() {
        ServiceInstance instance = ServiceInstance.of("one", "localhost", 8080);
        ServiceProxy orders = orders(s -> s.instances(List.of(instance)));

        ServiceInstance given = orders.call(i -> i);

        assertThat(given).isSameAs(instance);
    }

    @Test
    void whatTheWorkThrowsComesBackAsItWasThrown() {
        ServiceProxy orders = orders(ServiceProxyTest::three);
        IOException thrown = new IOException("disk");

        assertThatThrownBy(() -> orders.call(i -> {
                    throw thrown;
                }))
                .isSameAs(thrown)
                .hasNoSuppressedExceptions();
    }

    @Test
    void aCallThatIsNotKnownToBeIdempotentIsNotMadeAgainAfterItMayHaveBeenSent() {
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()));

        assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(IOException.class);

        assertThat(called).hasSize(1);
    }

    @Test
    void anIdempotentCallIsMadeAgainOnInstancesNotTriedYet() {
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, this::failing)).isInstanceOf(IOException.class);

        assertThat(called).hasSize(3);
        assertThat(new HashSet<>(called)).hasSize(3);
        assertThat(clock.sleeps()).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
    }

    @Test
    void aTriedInstanceIsCalledAgainOnceNoOtherIsLeft() {
        ServiceProxy orders = orders(
                s -> s.instances("a:1", "b:1").retry(plainRetry().maxAttempts(4).build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, this::failing)).isInstanceOf(IOException.class);

        assertThat(called).hasSize(4);
        assertThat(new HashSet<>(called.subList(0, 2))).hasSize(2);
    }

    @Test
    void theOnlyInstanceIsRetried() {
        ServiceProxy orders = orders(s -> s.instances("a:1").retry(plainRetry().build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, this::failing)).isInstanceOf(IOException.class);

        assertThat(called).containsExactly("a:1", "a:1", "a:1");
    }

    @Test
    void repeatAnyMakesEveryCallRepeatableButNotThoseSaidToBeNotIdempotent() {
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()).repeat(Repeat.ANY));

        assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(IOException.class);
        assertThat(called).hasSize(3);
        called.clear();
        assertThatThrownBy(() -> orders.call(CallOptions.idempotent(false), this::failing))
                .isInstanceOf(IOException.class);

        assertThat(called).hasSize(1);
    }

    @Test
    void repeatNotSentRepeatsNotEvenIdempotentCalls() {
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()).repeat(Repeat.NOT_SENT));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, this::failing)).isInstanceOf(IOException.class);

        assertThat(called).hasSize(1);
    }

    @Test
    void withoutRetrySettingsWhatWasNotSentGoesAtOnceToEachOtherInstanceOnceAndAtMostTwice() {
        ServiceProxy two = orders(s -> s.instances("a:1", "b:1"));

        assertThatThrownBy(() -> two.call(this::refusing)).isInstanceOf(ConnectException.class);
        assertThat(called).hasSize(2);
        assertThat(new HashSet<>(called)).hasSize(2);
        called.clear();
        ServiceProxy five = orders(s -> s.instances("a:1", "b:1", "c:1", "d:1", "e:1"));
        assertThatThrownBy(() -> five.call(this::refusing)).isInstanceOf(ConnectException.class);

        assertThat(called).hasSize(3);
        assertThat(new HashSet<>(called)).hasSize(3);
        assertThat(clock.sleeps()).allMatch(Duration::isZero);
    }

    @Test
    void withoutRetrySettingsNotEvenAnIdempotentCallIsRepeatedAfterItWasSent() {
        ServiceProxy orders = orders(ServiceProxyTest::three);

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, this::failing)).isInstanceOf(IOException.class);

        assertThat(called).hasSize(1);
    }

    @Test
    void workThatConnectsInTheMiddleAndSaysSoIsNotRepeatedOnAConnectException() {
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()).repeat(Repeat.ANY));

        assertThatThrownBy(() -> orders.call(CallOptions.idempotent(false), this::refusing))
                .isInstanceOf(ConnectException.class);

        assertThat(called).hasSize(1);
    }

    @Test
    void aConnectExceptionIsFoundInACyclicCauseChain() {
        ServiceProxy orders = orders(ServiceProxyTest::three);
        RuntimeException outer = new RuntimeException("outer");
        RuntimeException inner = new RuntimeException("inner", outer);
        outer.initCause(inner);

        assertThatThrownBy(() -> orders.call(i -> {
                    called.add(i.id());
                    throw outer;
                }))
                .isSameAs(outer);

        assertThat(called).hasSize(1);
    }

    @Test
    void aRejectionThrownByTheWorkItselfIsNotRepeated() {
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()));
        ServiceProxy behind = orders(s -> s.instances(List.of()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, i -> {
                    called.add(i.id());
                    return behind.call(j -> "never");
                }))
                .isInstanceOf(NoHealthyInstanceException.class);

        assertThat(called).hasSize(1);
    }

    @Test
    void anInstanceWithAnOpenBreakerIsPassedOverWithoutSpendingAnAttempt() {
        ServiceProxy orders =
                orders(s -> three(s).retry(plainRetry().maxAttempts(2).build()));
        orders.circuitBreaker("a:1").forceOpen();

        for (int i = 0; i < 30; i++) {
            assertThatThrownBy(() -> orders.call(IDEMPOTENT, this::failing)).isInstanceOf(IOException.class);
            orders.circuitBreaker("b:1").reset();
            orders.circuitBreaker("c:1").reset();
        }

        assertThat(called).hasSize(60).doesNotContain("a:1");
        assertThat(new HashSet<>(called)).hasSize(2);
    }

    @Test
    void whenEveryBreakerIsOpenTheRejectionTellsTheEarliestTrialAndThatInstanceGetsIt() {
        ServiceProxy orders = orders(s -> three(s).loadBalancer(s.build().loadBalancer().toBuilder()
                        .maxEjectionPercent(100)
                        .build())
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build()));
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(IOException.class);
            clock.advance(Duration.ofSeconds(2));
        }
        clock.advance(Duration.ofSeconds(21));

        CircuitOpenException rejection =
                catchThrowableOfType(CircuitOpenException.class, () -> orders.call(this::failing));

        assertThat(called).hasSize(3);
        assertThat(rejection.retryAfter()).contains(Duration.ofSeconds(3));
        assertThat(rejection.breaker()).isEqualTo("orders/" + called.get(0));
        clock.advance(Duration.ofSeconds(3));
        String tried = orders.call(ServiceInstance::id);
        assertThat(tried).isEqualTo(called.get(0));
    }

    @Test
    void whenNoInstanceIsLeftForOtherReasonsThanBreakersTheCountsSayWhy() {
        ServiceProxy orders = orders(ServiceProxyTest::three);
        orders.loadBalancer().drain("a:1");
        orders.loadBalancer().mark("b:1", false);
        orders.loadBalancer().mark("c:1", false);

        assertThatThrownBy(() -> orders.call(this::failing))
                .isInstanceOf(NoHealthyInstanceException.class)
                .hasMessage("Service 'orders' has no instance to call: 3 known, 2 unhealthy, 0 ejected, 1 drained.");
        assertThat(called).isEmpty();
        assertThat(orders.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void whenNoneIsLeftAfterARealFailureTheCallerGetsThatFailureWithTheRejectionSuppressed() {
        ServiceProxy orders = orders(s -> s.instances("a:1")
                .retry(plainRetry().build())
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, this::failing))
                .isInstanceOf(IOException.class)
                .satisfies(failure ->
                        assertThat(failure.getSuppressed()).hasAtLeastOneElementOfType(CircuitOpenException.class));

        assertThat(called).containsExactly("a:1");
    }

    @Test
    void aWaitNeverEndsBeyondTheTimeoutOfTheCall() {
        ServiceProxy orders =
                orders(s -> three(s).retry(plainRetry().maxAttempts(10).build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT.withTimeout(Duration.ofMillis(350)), this::failing))
                .isInstanceOf(IOException.class);

        assertThat(called).hasSize(3);
        assertThat(clock.sleeps()).containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
    }

    @Test
    void oneBreakerForTheWholeServiceRejectsWhereverTheCallWouldGo() {
        ServiceProxy orders = orders(s -> three(s).breakerScope(BreakerScope.SERVICE)
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(2).build()));

        assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(CircuitOpenException.class);

        assertThat(called).hasSize(2);
        assertThat(orders.snapshot().breaker().state()).isEqualTo(CircuitState.OPEN);
        clock.advance(Duration.ofSeconds(30));
        assertThat(orders.<String, RuntimeException>call(i -> "well")).isEqualTo("well");
    }

    @Test
    void resultsThatAreNotWantedAreRetriedOnOtherInstancesAndClosed() {
        List<String> closed = new ArrayList<>();
        record Answer(String from, List<String> closed) implements AutoCloseable {
            @Override
            public void close() {
                closed.add(from);
            }
        }
        ServiceProxy orders = orders(s -> three(s).retry(
                        plainRetry().retryOnResult(Answer.class, a -> true).build()));

        Answer last = orders.call(IDEMPOTENT, i -> new Answer(i.id(), closed));

        assertThat(closed).hasSize(2).doesNotContain(last.from());
        assertThat(new HashSet<>(closed)).hasSize(2);
    }

    @Test
    void aRuleAboutResultsIsAskedOnceAboutEach() {
        List<String> asked = new ArrayList<>();
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry()
                .retryOnResult(String.class, answer -> {
                    asked.add(answer);
                    return answer.equals("busy");
                })
                .build()));
        Iterator<String> answers = List.of("busy", "well").iterator();

        orders.call(IDEMPOTENT, i -> answers.next());
        orders.callAsync(IDEMPOTENT, i -> CompletableFuture.completedFuture("well, later"));

        assertThat(asked).containsExactly("busy", "well", "well, later");
    }

    @Test
    void aResultThatIsNotWantedIsTheAnswerOfACallThatMayNotBeRepeated() {
        ServiceProxy orders = orders(s -> three(s).retry(
                        plainRetry().retryOnResult(String.class, a -> true).build()));

        String answer = orders.call(i -> {
            called.add(i.id());
            return "busy";
        });

        assertThat(answer).isEqualTo("busy");
        assertThat(called).hasSize(1);
    }

    @Test
    void anInterruptDuringTheWaitEndsTheCallWithTheLastFailureAndTheFlagSet() {
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, i -> {
                    called.add(i.id());
                    Thread.currentThread().interrupt();
                    throw new IOException("while interrupted");
                }))
                .isInstanceOf(IOException.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(called).hasSize(1);
    }

    @Test
    void theConnectionIsCountedWhileTheWorkRunsAndNotAfterwards() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));

        int during =
                orders.call(i -> orders.snapshot().instances().get(0).instance().connections());
        assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(IOException.class);

        assertThat(during).isEqualTo(1);
        assertThat(orders.snapshot().instances().get(0).instance().connections())
                .isZero();
    }

    @Test
    void aLeaseKeptByAnExchangeOutlivesTheCallAndEndsOnce() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));

        Lease lease = orders.exchange(CallOptions.defaults(), Attempt::keepLease);

        assertThat(orders.snapshot().instances().get(0).instance().connections())
                .isEqualTo(1);
        lease.close();
        lease.close();
        assertThat(orders.snapshot().instances().get(0).instance().connections())
                .isZero();
    }

    @Test
    void aLeaseKeptByAnAttemptThatFailsIsClosed() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));

        assertThatThrownBy(() -> orders.exchange(CallOptions.defaults(), attempt -> {
                    attempt.keepLease();
                    throw new IOException("broken pipe");
                }))
                .isInstanceOf(IOException.class);

        assertThat(orders.snapshot().instances().get(0).instance().connections())
                .isZero();
    }

    @Test
    void anIntegrationSaysItselfWhetherSomethingWasSent() {
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()));

        assertThatThrownBy(() -> orders.exchange(CallOptions.idempotent(false), attempt -> {
                    called.add(attempt.number() + "@" + attempt.instance().id());
                    attempt.notSent();
                    throw new IOException("no connection in the pool");
                }))
                .isInstanceOf(IOException.class);
        assertThat(called).hasSize(3);
        assertThat(called).extracting(c -> c.substring(0, 1)).containsExactly("1", "2", "3");
        called.clear();
        assertThatThrownBy(() -> orders.exchange(CallOptions.defaults(), attempt -> {
                    called.add(attempt.instance().id());
                    throw new ConnectException("from deep inside");
                }))
                .isInstanceOf(ConnectException.class);

        assertThat(called).hasSize(1);
    }

    @Test
    void anAttemptKnowsTheTimeLeftOfItsCall() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));

        List<Optional<Duration>> left =
                orders.exchange(CallOptions.defaults().withTimeout(Duration.ofSeconds(2)), attempt -> {
                    Optional<Duration> atStart = attempt.timeLeft();
                    clock.advance(Duration.ofSeconds(1));
                    Optional<Duration> later = attempt.timeLeft();
                    clock.advance(Duration.ofSeconds(5));
                    return List.of(atStart, later, attempt.timeLeft());
                });

        assertThat(left)
                .containsExactly(
                        Optional.of(Duration.ofSeconds(2)),
                        Optional.of(Duration.ofSeconds(1)),
                        Optional.of(Duration.ZERO));
    }

    @Test
    void rejectionsAreIgnoredByABreakerAroundTheProxy() {
        Mesh mesh = Mesh.builder()
                .service("empty", s -> {})
                .circuitBreaker(
                        "outer",
                        CircuitBreakerConfig.builder().failureThreshold(1).build())
                .build();

        assertThatThrownBy(() -> mesh.circuitBreaker("outer")
                        .call(() -> mesh.service("empty").call(i -> "never")))
                .isInstanceOf(RejectedCallException.class);

        assertThat(mesh.circuitBreaker("outer").state()).isEqualTo(CircuitState.CLOSED);
    }

    @Test
    void aCallThatBeganBeforeALimitInTimeWasConfiguredIsNotEndedByIt() {
        Mesh mesh = Mesh.builder()
                .ticker(clock)
                .sleeper(clock)
                .service("orders", s -> s.instances("a:1").retry(plainRetry().build()))
                .build();
        ServiceConfig limited = mesh.config().services().get("orders").toBuilder()
                .retry(plainRetry().maxDuration(Duration.ofSeconds(1)).build())
                .build();

        assertThatThrownBy(() -> mesh.service("orders").call(IDEMPOTENT, i -> {
                    mesh.reconfigure(
                            MeshConfig.builder().service("orders", limited).build());
                    return failing(i);
                }))
                .isInstanceOf(IOException.class);

        assertThat(called).hasSize(3);
    }

    @Test
    void retriesAreSharedByTheInstancesLeftInEqualParts() {
        for (LoadBalancerStrategy strategy : LoadBalancerStrategy.values()) {
            called.clear();
            ServiceProxy orders = orders(s -> three(s).strategy(strategy)
                    .retry(plainRetry().build())
                    .circuitBreaker(CircuitBreakerConfig.builder()
                            .failureThreshold(Integer.MAX_VALUE)
                            .build()));

            for (int i = 0; i < 3_000; i++) {
                clock.advance(Duration.ofSeconds(2)); // so that no failure still makes an instance look busy
                orders.run(IDEMPOTENT, instance -> {
                    if (instance.id().equals("a:1")) {
                        called.add("failed");
                        throw new IllegalStateException("always");
                    }
                    if (!called.isEmpty() && called.get(called.size() - 1).equals("failed")) {
                        called.add(instance.id());
                    }
                });
            }

            long retries = called.stream().filter("failed"::equals).count();
            assertThat(called.stream().filter("b:1"::equals).count())
                    .as("%s of %s retries", strategy, retries)
                    .isBetween(retries * 4 / 10, retries * 6 / 10);
        }
    }

    @Test
    void anExceptionThatDoesNotLetItselfBeLookedIntoComesBackAsItWasThrown() {
        class Opaque extends RuntimeException {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Throwable getCause() {
                throw new UnsupportedOperationException("not for you");
            }
        }
        Opaque opaque = new Opaque();
        ServiceProxy orders = orders(ServiceProxyTest::three);

        assertThatThrownBy(() -> orders.call(i -> {
                    throw opaque;
                }))
                .satisfies(thrown -> assertThat(thrown == opaque).isTrue());
        CompletableFuture<String> future = orders.callAsync(i -> CompletableFuture.failedFuture(opaque));

        assertThat(future.isCompletedExceptionally()).isTrue();
        assertThat(orders.snapshot().instances())
                .allSatisfy(i -> assertThat(i.instance().connections()).isZero());
    }

    @Test
    void anUnwantedResultWhoseCloseFailsLosesNoTrialPlace() {
        ServiceProxy orders = orders(s -> s.instances("a:1")
                .circuitBreaker(CircuitBreakerConfig.builder()
                        .failureThreshold(1)
                        .successThreshold(5)
                        .halfOpenMaxCalls(1)
                        .build())
                .retry(plainRetry()
                        .retryOnResult(AutoCloseable.class, r -> true)
                        .build()));
        assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(IOException.class);
        clock.advance(Duration.ofSeconds(30));

        orders.call(IDEMPOTENT, i -> (AutoCloseable) () -> {
            throw new AssertionError("cannot be closed");
        });

        assertThat(orders.snapshot().instances().get(0).breaker().trials()).isZero();
        assertThat(orders.<String, RuntimeException>call(i -> "passes")).isEqualTo("passes");
    }

    @Test
    void theLeaseKeptForAResultThatIsRetriedIsClosed() {
        ServiceProxy orders = orders(s -> three(s).retry(
                        plainRetry().retryOnResult(String.class, r -> true).build()));

        orders.exchange(IDEMPOTENT, attempt -> {
            attempt.keepLease();
            return "busy";
        });

        assertThat(orders.snapshot().instances().stream()
                        .mapToInt(i -> i.instance().connections())
                        .sum())
                .isEqualTo(1);
    }

    @Test
    void aLeaseCannotBeKeptAfterTheAttemptHasEnded() {
        ServiceProxy orders = orders(s -> s.instances("a:1"));
        Attempt attempt = orders.exchange(CallOptions.defaults(), a -> a);

        assertThatThrownBy(attempt::keepLease)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("Attempt 1 on a:1");
        assertThat(orders.snapshot().instances().get(0).instance().connections())
                .isZero();
    }

    @Test
    void aFailureIsRecordedBeforeItsConnectionEndsSoThatTheInstanceNeverLooksIdle() {
        List<Integer> inFlight = new ArrayList<>();
        List<ServiceProxy> self = new ArrayList<>();
        self.add(orders(s -> s.instances("a:1")
                .circuitBreaker(CircuitBreakerConfig.builder()
                        .recordFailureIf(failure -> inFlight.add(self.get(0)
                                .snapshot()
                                .instances()
                                .get(0)
                                .instance()
                                .connections()))
                        .build())));

        assertThatThrownBy(() -> self.get(0).call(this::failing)).isInstanceOf(IOException.class);

        assertThat(inFlight).containsExactly(1);
    }

    @Test
    void aCallThatHasMadeAnAttemptIsNotCountedAsRejected() {
        ServiceProxy orders = orders(s -> s.instances("a:1")
                .retry(plainRetry().build())
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(1).build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, this::failing)).isInstanceOf(IOException.class);

        assertThat(orders.snapshot().rejected()).isZero();
    }

    @Test
    void anOrdinaryFailureOfAServiceWithoutRetrySettingsIsNoEndOfRetries() {
        List<MeshEvent> events = new ArrayList<>();
        Mesh mesh = Mesh.builder()
                .listener(events::add)
                .service("orders", s -> s.instances("a:1", "b:1"))
                .build();

        assertThatThrownBy(() -> mesh.service("orders").call(this::failing)).isInstanceOf(IOException.class);

        assertThat(events).isEmpty();
    }

    @Test
    void whatNestedPoliciesHaveGivenUpOnOnceIsRetriedInAnotherCallThatEndsWithTheSameObject() {
        IOException shared = new IOException("shared");
        RetryPolicy other = RetryPolicy.builder("other")
                .config(plainRetry().build())
                .sleeper(clock)
                .build();
        List<IOException> failures = List.of(new IOException("1"), new IOException("2"), shared);
        assertThatThrownBy(() -> other.call(() -> {
                    called.add("x");
                    throw failures.get(called.size() - 1);
                }))
                .isSameAs(shared);
        called.clear();
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, i -> {
                    called.add(i.id());
                    throw shared;
                }))
                .isSameAs(shared);

        assertThat(called).hasSize(3);
    }

    @Test
    void aPolicyInsideAServiceCallRetriesAndTheServiceDoesNotMultiply() {
        RetryPolicy inner = RetryPolicy.builder("inner")
                .config(plainRetry().build())
                .sleeper(clock)
                .build();
        ServiceProxy orders = orders(s -> three(s).retry(plainRetry().build()));

        assertThatThrownBy(() -> orders.call(IDEMPOTENT, i -> inner.call(() -> failing(i))))
                .isInstanceOf(IOException.class);

        assertThat(called).hasSize(3);
        assertThat(new HashSet<>(called)).hasSize(1);
    }

    @Test
    void withOneBreakerForAllABarredInstanceIsPassedOver() {
        ServiceProxy orders = orders(s -> three(s).breakerScope(BreakerScope.SERVICE));
        Service service = orders.served();
        Service.guard(orders.loadBalancer().endpoint("a:1")).barUntil(clock.now() + 1_000_000_000L);

        CallState state = new CallState(service, CallOptions.defaults(), false, 0, 0);
        state.passOver(orders.loadBalancer().endpoint("a:1"));

        assertThat(state.admit()).isTrue();
        state.permit().release();
    }

    @Test
    void withOneBreakerForAllAServiceWithoutInstancesSaysThatRatherThanThatItsCircuitIsOpen() {
        ServiceProxy orders = orders(s -> s.instances(List.of()).breakerScope(BreakerScope.SERVICE));
        orders.circuitBreaker().forceOpen();

        assertThatThrownBy(() -> orders.call(this::failing)).isInstanceOf(NoHealthyInstanceException.class);
    }

    @Test
    void aRejectionByTheBreakerForAllUsesUpNoTurn() {
        ServiceProxy orders = orders(s -> three(s).breakerScope(BreakerScope.SERVICE));
        Service service = orders.served();
        String first = orders.loadBalancer().select().id();

        orders.circuitBreaker().forceOpen();
        assertThat(service.rejection(CallOptions.defaults(), false, Duration.ZERO))
                .isInstanceOf(CircuitOpenException.class);
        assertThat(service.rejection(CallOptions.defaults(), false, Duration.ZERO))
                .isInstanceOf(CircuitOpenException.class);

        orders.loadBalancer().select();
        orders.loadBalancer().select();
        assertThat(orders.loadBalancer().select().id()).isEqualTo(first);
    }
}
