package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetryBudgetExhausted;
import io.mesh.model.BreakerScope;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.Jitter;
import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryBudgetSnapshot;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.policy.CheckedFunction;
import io.mesh.time.ManualClock;
import io.mesh.time.Sleeper;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One budget pays for the retries of all calls of a service. */
class ServiceBudgetTest {

    private static final CallOptions IDEMPOTENT = CallOptions.idempotent(true);
    private static final RetryConfig AT_ONCE = RetryConfig.builder()
            .initialDelay(Duration.ZERO)
            .jitter(Jitter.NONE)
            .build();
    private static final CircuitBreakerConfig NEVER_OPENS =
            CircuitBreakerConfig.builder().failureThreshold(Integer.MAX_VALUE).build();
    private static final RetryBudgetConfig EARNED_ONLY =
            RetryBudgetConfig.builder().ratio(1).minPerSecond(0).build();

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();
    private Sleeper sleeper = nanos -> {};
    private Mesh mesh;
    private int attempts;

    private ServiceProxy orders(Consumer<ServiceConfig.Builder> settings) {
        mesh = Mesh.builder()
                .ticker(clock)
                .sleeper(nanos -> sleeper.sleep(nanos))
                .scheduler(clock)
                .listener(events::add)
                .service(
                        "orders",
                        s -> settings.accept(s.instances("a:1", "b:1", "c:1")
                                .circuitBreaker(NEVER_OPENS)
                                .retry(AT_ONCE)))
                .build();
        return mesh.service("orders");
    }

    private static RetryConfig paidBy(RetryBudgetConfig budget) {
        return AT_ONCE.toBuilder().budget(budget).build();
    }

    private void call(ServiceProxy orders, int times) {
        for (int i = 0; i < times; i++) {
            orders.run(IDEMPOTENT, instance -> attempts++);
        }
    }

    private int retriesOfFailing(ServiceProxy orders, int calls) {
        attempts = 0;
        for (int i = 0; i < calls; i++) {
            failing(orders, new IOException("failed"));
        }
        return attempts - calls;
    }

    private Throwable failing(ServiceProxy orders, Exception failure) {
        return catchThrowable(() -> orders.run(IDEMPOTENT, instance -> {
            attempts++;
            throw failure;
        }));
    }

    private static RetryBudgetSnapshot budget(ServiceProxy orders) {
        return orders.snapshot().retryBudget();
    }

    private static long firstSuccesses(ServiceProxy orders) {
        return orders.served().firstSuccesses();
    }

    @Test
    void everyServiceAndNamedRetryOfAMeshHasABudgetUnlessItSaysThatItHasNone() {
        ServiceProxy orders = orders(s -> s.retry(null));
        mesh.retry("payments", RetryConfig.defaults());
        mesh.retry("mails", paidBy(RetryBudgetConfig.none()));
        mesh.retry("stock", paidBy(EARNED_ONLY));

        assertThat(budget(orders)).isEqualTo(new RetryBudgetSnapshot(100, 0, 0));
        assertThat(mesh.retry("payments").budget().config()).isEqualTo(RetryBudgetConfig.defaults());
        assertThat(mesh.retry("mails").budget()).isNull();
        assertThat(mesh.retry("stock").budget().config()).isEqualTo(EARNED_ONLY);
        assertThat(budget(orders(s -> s.retry(paidBy(RetryBudgetConfig.none())))))
                .isNull();
    }

    @Test
    void withoutABudgetEveryCallIsRetriedAsOftenAsItMay() {
        ServiceProxy orders = orders(s -> s.retry(paidBy(RetryBudgetConfig.none())));

        assertThat(retriesOfFailing(orders, 1_000)).isEqualTo(2_000);
    }

    @Test
    void inAFullOutageTheLoadStaysWithinOneAndAQuarterOfTheCalls() {
        ServiceProxy orders = orders(s -> {});
        for (int i = 0; i < 30_000; i++) {
            clock.advance(Duration.ofMillis(1));
            call(orders, 1);
        }

        int inTheFirstSecond = attemptsInSecondsOfOutage(orders, 1);
        int inTheFirstTen = inTheFirstSecond + attemptsInSecondsOfOutage(orders, 9);
        attemptsInSecondsOfOutage(orders, 10);
        int inTenLater = attemptsInSecondsOfOutage(orders, 10);

        assertThat(inTheFirstSecond).isLessThanOrEqualTo(1_560); // a second looks back on nine to ten tenths of it
        assertThat(inTheFirstTen).isBetween(11_000, 12_500);
        assertThat(inTenLater).isBetween(10_050, 10_120);
    }

    private int attemptsInSecondsOfOutage(ServiceProxy orders, int seconds) {
        int before = 0;
        for (int i = 0; i < seconds * 1_000; i++) {
            clock.advance(Duration.ofMillis(1));
            before += 1 + retriesOfFailing(orders, 1);
        }
        return before;
    }

    @Test
    void asynchronousCallsAreLimitedAlike() {
        ServiceProxy orders = orders(s -> s.retry(paidBy(EARNED_ONLY)));
        call(orders, 100);
        clock.advance(Duration.ofSeconds(1));
        attempts = 0;

        for (int i = 0; i < 1_000; i++) {
            orders.callAsync(IDEMPOTENT, instance -> {
                attempts++;
                return CompletableFuture.failedFuture(new IOException("failed"));
            });
        }

        assertThat(attempts - 1_000).isEqualTo(100);
    }

    @Test
    void whatWasNotSentIsPaidForToo() {
        ServiceProxy orders = orders(s -> s.retry(null));
        ConnectException refused = new ConnectException("refused");

        for (int i = 0; i < 60; i++) {
            failing(orders, new ConnectException("refused"));
        }
        failing(orders, refused);

        assertThat(attempts - 61).isEqualTo(30); // half of the first attempts
        assertThat(budget(orders)).isEqualTo(new RetryBudgetSnapshot(70, 30, 56));
        assertThat(refused.getSuppressed()).hasSize(1);
        assertThat(refused.getSuppressed()[0])
                .isInstanceOf(RetriesExhaustedException.class)
                .hasMessage("Retry 'orders' gave up after 1 attempt: the retry budget is exhausted.");
    }

    @Test
    void anInstanceThatRefusesIsPassedOverForNothing() {
        ServiceProxy orders = orders(s -> s.retry(paidBy(EARNED_ONLY)));
        orders.circuitBreaker("a:1").forceOpen();
        orders.circuitBreaker("b:1").forceOpen();

        call(orders, 100);

        assertThat(attempts).isEqualTo(100);
        assertThat(firstSuccesses(orders)).isEqualTo(100);
    }

    @Test
    void onlyFirstAttemptsThatGoWellEarn() {
        ServiceProxy orders = orders(s -> s.circuitBreaker(CircuitBreakerConfig.builder()
                        .failureThreshold(1_000)
                        .recordSuccess(IllegalArgumentException.class)
                        .ignore(IllegalStateException.class)
                        .build())
                .retry(AT_ONCE.toBuilder()
                        .retryOnResult(String.class, "unwanted"::equals)
                        .abortOn(IllegalArgumentException.class)
                        .build()));

        assertThat(orders.<String, RuntimeException>call(IDEMPOTENT, i -> "well"))
                .isEqualTo("well");
        assertThat(firstSuccesses(orders)).isEqualTo(1);
        failing(orders, new IOException("failed"));
        failing(orders, new IllegalStateException("no evidence"));
        assertThat(firstSuccesses(orders)).isEqualTo(1);
        failing(orders, new IllegalArgumentException("not found, an answer"));
        assertThat(firstSuccesses(orders)).isEqualTo(2);
        assertThat(orders.<String, RuntimeException>call(IDEMPOTENT, i -> "unwanted"))
                .isEqualTo("unwanted");
        assertThat(firstSuccesses(orders)).isEqualTo(2);
        assertThat(catchThrowable(() -> orders.call(IDEMPOTENT, endings(new IOException(), "well"))))
                .isNull();
        assertThat(catchThrowable(
                        () -> orders.call(IDEMPOTENT, endings("unwanted", new IllegalArgumentException("answer")))))
                .hasMessage("answer");
        assertThat(firstSuccesses(orders)).isEqualTo(2);
    }

    private static CheckedFunction<ServiceInstance, Object, Exception> endings(Object... endings) {
        int[] next = new int[1];
        return instance -> {
            Object ending = endings[next[0]++];
            if (ending instanceof Exception failure) {
                throw failure;
            }
            return ending;
        };
    }

    @Test
    void asynchronousFirstAttemptsEarnInTheSameWay() {
        ServiceProxy orders = orders(s -> {});
        CompletableFuture<String> pending = new CompletableFuture<>();

        CompletableFuture<String> atOnce = orders.callAsync(IDEMPOTENT, i -> CompletableFuture.completedFuture("well"));
        CompletableFuture<String> later = orders.callAsync(
                IDEMPOTENT,
                i -> attempts++ == 0
                        ? CompletableFuture.failedFuture(new IOException())
                        : CompletableFuture.completedFuture("well"));
        orders.callAsync(IDEMPOTENT, i -> pending).cancel(true);

        assertThat(atOnce).isCompletedWithValue("well");
        assertThat(later).isCompletedWithValue("well");
        assertThat(firstSuccesses(orders)).isEqualTo(1);
    }

    @Test
    void whatWasEarnedStaysWhenInstancesLeaveAndTheScopeOfBreakersChanges() {
        ServiceProxy orders = orders(s -> s.retry(paidBy(EARNED_ONLY)));
        call(orders, 300);

        orders.loadBalancer().remove("a:1");
        assertThat(firstSuccesses(orders)).isEqualTo(300);
        reconfigure(s -> s.breakerScope(BreakerScope.SERVICE));
        call(orders, 100);
        assertThat(firstSuccesses(orders)).isEqualTo(400);
        reconfigure(s -> s.breakerScope(BreakerScope.INSTANCE).instances("d:1", "a:1"));
        call(orders, 100);

        assertThat(firstSuccesses(orders)).isEqualTo(500);
        clock.advance(Duration.ofSeconds(1));
        assertThat(budget(orders).balance()).isEqualTo(500);
    }

    private void reconfigure(Consumer<ServiceConfig.Builder> change) {
        mesh.update(config -> {
            ServiceConfig.Builder service = config.services().get("orders").toBuilder();
            change.accept(service);
            return config.toBuilder().service("orders", service.build()).build();
        });
    }

    @Test
    void newSettingsKeepWhatWasSpent() {
        ServiceProxy orders = orders(s -> {});
        retriesOfFailing(orders, 3);

        reconfigure(
                s -> s.retry(paidBy(RetryBudgetConfig.builder().minPerSecond(20).build())));

        assertThat(budget(orders)).isEqualTo(new RetryBudgetSnapshot(194, 6, 0));
    }

    @Test
    void aRetryThatFindsNoInstanceIsGivenBack() {
        ServiceProxy orders = orders(s -> {});
        sleeper = nanos -> List.of("a:1", "b:1", "c:1")
                .forEach(id -> orders.circuitBreaker(id).forceOpen());

        assertThat(retriesOfFailing(orders, 1)).isZero();

        assertThat(budget(orders)).isEqualTo(new RetryBudgetSnapshot(100, 0, 0));
    }

    @Test
    void aRetryThatIsInterruptedIsGivenBack() {
        ServiceProxy orders = orders(s -> {});
        sleeper = nanos -> {
            throw new InterruptedException();
        };

        assertThat(retriesOfFailing(orders, 1)).isZero();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(budget(orders)).isEqualTo(new RetryBudgetSnapshot(100, 0, 0));
    }

    @Test
    void aRetryThatTheMeshIsClosedBeforeIsGivenBack() {
        ServiceProxy orders = orders(s -> {});
        Service service = orders.served();
        sleeper = nanos -> mesh.close();

        assertThat(retriesOfFailing(orders, 1)).isZero();

        assertThat(service.snapshot().retryBudget()).isEqualTo(new RetryBudgetSnapshot(100, 0, 0));
    }

    @Test
    void aRetryWhoseFutureIsCancelledInTheWaitIsGivenBackAndOneThatRunsIsNot() {
        ServiceProxy orders =
                orders(s -> s.retry(RetryConfig.builder().jitter(Jitter.NONE).build()));
        CompletableFuture<String> inTheWait =
                orders.callAsync(IDEMPOTENT, i -> CompletableFuture.failedFuture(new IOException()));
        CompletableFuture<String> running = orders.callAsync(
                IDEMPOTENT,
                i -> attempts++ == 0 ? CompletableFuture.failedFuture(new IOException()) : new CompletableFuture<>());
        assertThat(budget(orders).retries()).isEqualTo(2);

        inTheWait.cancel(true);
        clock.advance(Duration.ofMillis(100));
        running.cancel(true);

        assertThat(attempts).isEqualTo(2);
        assertThat(budget(orders).retries()).isEqualTo(1);
    }

    @Test
    void exhaustionIsToldOnceASecondForEachService() {
        ServiceProxy orders = orders(s -> s.retry(paidBy(EARNED_ONLY)));

        retriesOfFailing(orders, 100);
        clock.advance(Duration.ofSeconds(1));
        retriesOfFailing(orders, 100);

        assertThat(events)
                .filteredOn(RetryBudgetExhausted.class::isInstance)
                .containsExactly(new RetryBudgetExhausted("orders", 1), new RetryBudgetExhausted("orders", 101));
    }

    @Test
    void aMeshInWhichNothingHasFailedNeedsNoTimerAndOneThatRestsNeedsNoneAnyMore() {
        ServiceProxy orders = orders(s -> {});
        mesh.retry("payments", RetryConfig.defaults());
        call(orders, 100);
        clock.advance(Duration.ofSeconds(5));
        assertThat(clock.scheduled()).isZero();

        retriesOfFailing(orders, 1);
        assertThat(catchThrowable(() -> mesh.retry("payments").run(() -> {
                    throw new IOException();
                })))
                .isInstanceOf(IOException.class);
        assertThat(clock.scheduled()).isEqualTo(1);
        clock.advance(Duration.ofHours(1));
        assertThat(clock.scheduled()).isZero();

        retriesOfFailing(orders, 1);
        assertThat(clock.scheduled()).isEqualTo(1);
        mesh.close();
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aRestLeavesNoCredit() {
        ServiceProxy orders = orders(s -> s.retry(paidBy(EARNED_ONLY)));
        clock.advance(Duration.ofSeconds(1));
        retriesOfFailing(orders, 1);
        call(orders, 1_000);

        clock.advance(Duration.ofSeconds(5));
        assertThat(budget(orders).balance()).isEqualTo(1_000);
        clock.advance(Duration.ofSeconds(7));

        assertThat(budget(orders).balance()).isZero();
        assertThat(retriesOfFailing(orders, 100)).isZero();
    }

    @Test
    void aSchedulerThatIsShutDownOnlyMeansThatBudgetsAreLookedAtLessOften() {
        Mesh tickless = Mesh.builder()
                .ticker(clock)
                .sleeper(nanos -> {})
                .scheduler((task, delay) -> {
                    throw new RejectedExecutionException();
                })
                .service("orders", s -> s.instances("a:1").retry(AT_ONCE))
                .build();

        assertThat(retriesOfFailing(tickless.service("orders"), 1)).isEqualTo(2);
    }
}
