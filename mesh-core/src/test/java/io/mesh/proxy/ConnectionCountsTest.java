package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.limit.ConcurrencyLimit;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.Lease;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.ConcurrencyLimitConfig;
import io.mesh.model.ConcurrencyLimitSnapshot;
import io.mesh.model.DelayHint;
import io.mesh.model.HedgeConfig;
import io.mesh.model.HedgeSnapshot;
import io.mesh.model.InstanceSnapshot;
import io.mesh.model.Jitter;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.LoadBalancerStrategy;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ServiceSnapshot;
import io.mesh.time.Scheduler;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * One service of each strategy, called by many threads in every way, blocking, asynchronous, hedged and as exchanges;
 * calls end in every way, on any thread, while they wait for a place or for the next attempt, too. No count is ever too
 * low, and when all is over nothing is left of any of them.
 */
class ConnectionCountsTest {

    private static final int THREADS = 64;
    private static final int CALLS_PER_THREAD = 10_000;
    private static final int HEDGE_THREADS = 8; // too few at times, which is one more way for a hedge to end
    private static final String COMES_AND_GOES = "d:1";
    private static final List<String> STAY = List.of("a:1", "b:1", "c:1");
    private static final Duration LONGEST_ATTEMPT = Duration.ofMillis(2);

    private final ExecutorService callers = Executors.newFixedThreadPool(THREADS);
    private final ExecutorService others = Executors.newCachedThreadPool();
    private final ThreadPoolExecutor hedges =
            new ThreadPoolExecutor(0, HEDGE_THREADS, 1, TimeUnit.MINUTES, new SynchronousQueue<>());
    private final Timers timers = new Timers();
    private final Mesh mesh = mesh();
    private final List<ServiceProxy> services = Stream.of(LoadBalancerStrategy.values())
            .map(strategy -> mesh.service(nameOf(strategy)))
            .toList();

    private final Map<ServiceProxy, Set<Endpoint>> met = new ConcurrentHashMap<>(); // those removed, too
    private volatile @Nullable ServiceProxy down; // every call of it fails
    private final Set<Thread> calling = ConcurrentHashMap.newKeySet();
    private final Queue<CompletableFuture<String>> underWay = new ConcurrentLinkedQueue<>();
    private final Queue<Stage> open = new ConcurrentLinkedQueue<>();
    private final Queue<Lease> kept = new ConcurrentLinkedQueue<>();
    private final Map<String, LongAdder> ends = new ConcurrentHashMap<>();
    private final LongAdder interrupted = new LongAdder();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    /** An instance asks not to be called for a while. */
    private static final class Busy extends IOException implements DelayHint {

        private static final long serialVersionUID = 1;

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.of(Duration.ofMillis(1));
        }
    }

    /** A stage, some of which cannot be cancelled. */
    private static final class Stage extends CompletableFuture<String> {

        private final boolean stubborn;

        Stage(boolean stubborn) {
            this.stubborn = stubborn;
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            return !stubborn && super.cancel(mayInterrupt);
        }
    }

    /** Looks now and then for what is due. Takes no lock, so that the callers do not queue there instead of calling. */
    private static final class Timers implements Scheduler, Runnable {

        private final Queue<Timer> waiting = new ConcurrentLinkedQueue<>();

        private static final class Timer {

            private final AtomicReference<@Nullable Runnable> task;
            private final long at;

            Timer(@Nullable Runnable task, long at) {
                this.task = new AtomicReference<>(task);
                this.at = at;
            }
        }

        @Override
        public Cancellation schedule(Runnable task, long delayNanos) {
            Timer timer = new Timer(task, System.nanoTime() + delayNanos);
            waiting.add(timer);
            return () -> timer.task.set(null);
        }

        @Override
        public void run() {
            while (!Thread.currentThread().isInterrupted()) {
                long now = System.nanoTime();
                Timer last = new Timer(null, now);
                waiting.add(last);
                for (Timer timer = waiting.remove(); timer != last; timer = waiting.remove()) {
                    if (timer.task.get() != null && timer.at - now > 0) {
                        waiting.add(timer);
                    } else {
                        Optional.ofNullable(timer.task.getAndSet(null)).ifPresent(Runnable::run);
                    }
                }
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private static String nameOf(LoadBalancerStrategy strategy) {
        return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private Mesh mesh() {
        MeshBuilder mesh = Mesh.builder().hedgeExecutor(hedges).scheduler(timers);
        for (LoadBalancerStrategy strategy : LoadBalancerStrategy.values()) {
            mesh.service(nameOf(strategy), s -> settings(s, strategy));
        }
        return mesh.build();
    }

    private static void settings(ServiceConfig.Builder service, LoadBalancerStrategy strategy) {
        service.instances(Stream.concat(STAY.stream(), Stream.of(COMES_AND_GOES))
                        .map(ServiceInstance::of)
                        .toList())
                .loadBalancer(LoadBalancerConfig.builder()
                        .strategy(strategy)
                        .maxEjectionPercent(100)
                        .build())
                .circuitBreaker(CircuitBreakerConfig.builder()
                        .failureThreshold(2)
                        .openTimeout(Duration.ofMillis(1))
                        .maxOpenTimeout(Duration.ofMillis(2))
                        .build())
                .retry(RetryConfig.builder()
                        .maxAttempts(3)
                        .initialDelay(Duration.ofNanos(20_000))
                        .jitter(Jitter.NONE)
                        .attemptTimeout(LONGEST_ATTEMPT)
                        .retryOnResult(String.class, "unwanted"::equals)
                        .budget(RetryBudgetConfig.builder().minPerSecond(10_000).build())
                        .build())
                .hedge(HedgeConfig.builder()
                        .delay(Duration.ofNanos(200_000))
                        .maxExtraLoad(100)
                        .build())
                .concurrencyLimit(ConcurrencyLimitConfig.builder()
                        .maxConcurrent(20)
                        .maxWait(Duration.ofMillis(1))
                        .build())
                .instanceConcurrencyLimit(
                        ConcurrencyLimitConfig.builder().maxConcurrent(10).build());
    }

    @AfterEach
    void endThreads() {
        mesh.close();
        Stream.of(callers, others, hedges).forEach(ExecutorService::shutdownNow);
    }

    @Test
    void connectionCountsReturnToZeroHoweverCallsEnd() throws Exception {
        others.execute(timers);
        services.forEach(this::meet);
        AtomicBoolean running = new AtomicBoolean(true);
        List<Future<?>> meanwhile =
                List.of(others.submit(() -> changeAndWatch(running)), others.submit(() -> interrupt(running)));
        List<Future<?>> calls = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            calls.add(callers.submit(this::makeCalls));
        }
        for (Future<?> call : calls) {
            call.get();
        }
        running.set(false);
        for (Future<?> end : meanwhile) {
            end.get();
        }
        await().until(() -> {
            endAll();
            return sum(ends) == (long) THREADS * CALLS_PER_THREAD
                    && services.stream().allMatch(this::isAtRest);
        });

        assertThat(wrong).isEmpty();
        assertThat(services).allSatisfy(this::assertNothingIsLeft);
        assertThat(services).allSatisfy(ConnectionCountsTest::assertAllRecover);
        assertEverythingHasHappened();
    }

    private boolean isAtRest(ServiceProxy service) {
        ConcurrencyLimitSnapshot limit =
                Objects.requireNonNull(service.snapshot().concurrencyLimit());
        return limit.inFlight() == 0
                && limit.waiting() == 0
                && met.get(service).stream().allMatch(endpoint -> endpoint.inFlight() == 0 && placesOf(endpoint) == 0);
    }

    private static int placesOf(Endpoint endpoint) {
        ConcurrencyLimit limit = Objects.requireNonNull(Service.guard(endpoint).limit());
        return limit.snapshot().inFlight();
    }

    private void assertNothingIsLeft(ServiceProxy service) {
        LoadBalancer balancer = service.loadBalancer();
        assertThat(met.get(service)).hasSizeGreaterThan(10).allSatisfy(endpoint -> {
            InstanceGuard guard = Service.guard(endpoint);
            assertThat(endpoint.inFlight()).as("in flight on %s", endpoint).isZero();
            assertThat(placesOf(endpoint))
                    .as("places of the limit of %s", endpoint)
                    .isZero();
            assertThat(guard.breaker().snapshot().trials())
                    .as("trials of %s", endpoint)
                    .isZero();
            assertThat(guard.holdsPlace() && balancer.endpoint(endpoint.id()) != endpoint)
                    .as("%s holds a place though it was removed", endpoint)
                    .isFalse();
        });
        assertThat(service.snapshot().instances())
                .extracting(instance -> instance.instance().connections())
                .containsOnly(0);
        assertThat(service.served().places().taken()).as("places taken").isEqualTo((int) balancer.endpoints().stream()
                .filter(endpoint -> Service.guard(endpoint).holdsPlace())
                .count());
    }

    /** A place or a trial lost on the way would keep an instance out for ever. */
    private static void assertAllRecover(ServiceProxy service) {
        LoadBalancer balancer = service.loadBalancer();
        balancer.endpoints().forEach(endpoint -> {
            balancer.setWeight(endpoint.id(), 1);
            balancer.mark(endpoint.id(), true);
        });
        await().until(() -> {
            for (int key = 0; key < 50; key++) {
                try {
                    service.call(options(false).withHashKey("key " + key), instance -> "well");
                } catch (RejectedCallException notYet) {
                    assertThat(notYet).isNotNull();
                }
            }
            return service.served().places().taken() == 0
                    && service.snapshot().instances().stream()
                            .map(InstanceSnapshot::breaker)
                            .allMatch(breaker -> breaker.state() == CircuitState.CLOSED);
        });
        assertThat(service.snapshot().instances())
                .allSatisfy(i -> assertThat(i.instance().connections()).isZero());
    }

    private void assertEverythingHasHappened() {
        assertThat(ends)
                .containsKeys(
                        "well",
                        "unwanted",
                        "IOException",
                        "ConnectException",
                        "Busy",
                        "AssertionError",
                        "InterruptedException",
                        "CancellationException",
                        "CallTimeoutException",
                        "CircuitOpenException",
                        "ConcurrencyLimitException");
        assertThat(interrupted.sum()).isGreaterThan(1_000);
        assertThat(ends.get("well").sum()).isGreaterThan((long) THREADS * CALLS_PER_THREAD / 4);
        assertThat(services).allSatisfy(service -> {
            HedgeSnapshot hedged = Objects.requireNonNull(service.snapshot().hedges());
            assertThat(hedged.sent()).isPositive();
            assertThat(hedged.won()).isPositive();
        });
    }

    private static long sum(Map<String, LongAdder> counts) {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }

    private void meet(ServiceProxy service) {
        met.computeIfAbsent(service, s -> ConcurrentHashMap.newKeySet())
                .addAll(service.loadBalancer().endpoints());
    }

    private void changeAndWatch(AtomicBoolean running) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (running.get()) {
            ServiceProxy service = services.get(random.nextInt(services.size()));
            LoadBalancer balancer = service.loadBalancer();
            if (random.nextInt(8) == 0) {
                balancer.setWeight("c:1", random.nextInt(4));
            }
            down = random.nextInt(4) == 0 ? service : null;
            balancer.mark("b:1", random.nextInt(8) > 0);
            balancer.remove(COMES_AND_GOES);
            balancer.add(ServiceInstance.of(COMES_AND_GOES));
            meet(service);
            watch(service);
            LockSupport.parkNanos(2_000_000);
        }
    }

    private void watch(ServiceProxy service) {
        for (Endpoint endpoint : met.get(service)) {
            expect(endpoint.inFlight() >= 0, "less than 0 in flight");
            expect(placesOf(endpoint) >= 0, "less than 0 places of an instance taken");
        }
        ServiceSnapshot snapshot = service.snapshot();
        ConcurrencyLimitSnapshot limit = Objects.requireNonNull(snapshot.concurrencyLimit());
        expect(limit.inFlight() >= 0, "less than 0 places of the service taken");
        expect(limit.inFlight() <= limit.limit(), "more calls run than may");
        expect(service.served().places().taken() >= 0, "less than 0 instances kept out");
        for (InstanceSnapshot instance : snapshot.instances()) {
            expect(instance.instance().connections() >= 0, "less than 0 connections");
            expect(instance.breaker().trials() >= 0, "less than 0 trials");
        }
    }

    private void expect(boolean condition, String otherwise) {
        if (!condition) {
            wrong.add(otherwise);
        }
    }

    private void interrupt(AtomicBoolean running) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (running.get()) {
            calling.stream().skip(random.nextInt(THREADS)).findFirst().ifPresent(Thread::interrupt);
            LockSupport.parkNanos(100_000);
        }
    }

    private void makeCalls() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (int i = 0; i < CALLS_PER_THREAD; i++) {
            ServiceProxy service = services.get(random.nextInt(services.size()));
            CallOptions options = options(random.nextInt(8) == 0);
            calling.add(Thread.currentThread());
            try {
                switch (random.nextInt(4)) {
                    case 0 -> callAsync(service, options);
                    case 1 -> ended(service.exchange(options, attempt -> exchange(service, attempt)));
                    default -> ended(service.callInterruptibly(options, instance -> work(service, instance)));
                }
            } catch (Throwable failure) {
                ended(failure.getClass().getSimpleName());
            }
            calling.remove(Thread.currentThread());
            endSome();
            if (Thread.interrupted()) {
                interrupted.increment();
            }
        }
    }

    private static CallOptions options(boolean hedged) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return CallOptions.idempotent(hedged)
                .withHashKey("key " + random.nextInt(50))
                .withTimeout(random.nextInt(16) == 0 ? Duration.ofMillis(1) : null);
    }

    private void ended(String how) {
        ends.computeIfAbsent(how, h -> new LongAdder()).increment();
    }

    private String exchange(ServiceProxy service, Attempt attempt) throws Exception {
        String result = work(service, attempt.instance());
        if (ThreadLocalRandom.current().nextBoolean()) {
            kept.add(attempt.keepLease());
        }
        return result;
    }

    private String work(ServiceProxy service, ServiceInstance instance) throws Exception {
        seeOneUnderWay(service, instance);
        if (service == down) {
            throw new IOException("down");
        }
        switch (ThreadLocalRandom.current().nextInt(64)) {
            case 0, 1 -> throw new IOException("failed");
            case 2 -> throw new ConnectException("refused");
            case 3 -> throw new Busy();
            case 4 -> throw new AssertionError("wrong");
            case 5 -> throw new InterruptedException("given up");
            case 6 -> {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted");
            }
            case 7 -> {
                return "unwanted";
            }
            case 8 -> Thread.sleep(1); // long enough for a hedge
            case 9 -> {
                if (ThreadLocalRandom.current().nextInt(4) == 0) {
                    Thread.sleep(LONGEST_ATTEMPT.toMillis() * 2); // until it is interrupted
                }
            }
            default -> {}
        }
        return "well";
    }

    private void seeOneUnderWay(ServiceProxy service, ServiceInstance instance) {
        if (STAY.contains(instance.id())) {
            Endpoint endpoint = Objects.requireNonNull(service.loadBalancer().endpoint(instance.id()));
            expect(endpoint.inFlight() > 0, "a call is under way and not counted");
            expect(placesOf(endpoint) > 0, "a call is under way and has no place");
        }
    }

    private void callAsync(ServiceProxy service, CallOptions options) {
        CompletableFuture<String> call = service.callAsync(options, instance -> {
            seeOneUnderWay(service, instance);
            return service == down ? CompletableFuture.failedFuture(new IOException("down")) : stage();
        });
        call.whenComplete((result, failure) ->
                ended(failure == null ? result : failure.getClass().getSimpleName()));
        switch (ThreadLocalRandom.current().nextInt(8)) {
            case 0 -> call.cancel(true);
            case 1 -> underWay.add(call); // somebody else cancels it
            default -> {}
        }
    }

    private CompletableFuture<String> stage() throws IOException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        Stage stage = new Stage(random.nextInt(8) == 0);
        switch (random.nextInt(32)) {
            case 0 -> stage.completeExceptionally(new IOException("failed"));
            case 1 -> stage.completeExceptionally(new AssertionError("wrong"));
            case 2 -> throw new IOException("not begun");
            case 3 -> stage.complete("unwanted");
            case 4, 5, 6, 7 -> open.add(stage);
            default -> stage.complete("well");
        }
        return stage;
    }

    /** Of what other threads have left under way; the rest ends later, or when its time is over. */
    private void endSome() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        if (random.nextInt(8) == 0) {
            end(open.poll(), random.nextInt(4) > 0);
            cancel(underWay.poll());
        }
        if (random.nextBoolean()) {
            close(kept.poll());
        }
    }

    private void endAll() {
        while (!open.isEmpty() || !underWay.isEmpty() || !kept.isEmpty()) {
            end(open.poll(), true);
            cancel(underWay.poll());
            close(kept.poll());
        }
    }

    private static void end(@Nullable Stage stage, boolean well) {
        if (stage != null && well) {
            stage.complete("well");
        } else if (stage != null) {
            stage.completeExceptionally(new IOException("failed"));
        }
    }

    private static void cancel(@Nullable CompletableFuture<String> call) {
        if (call != null) {
            call.cancel(true);
        }
    }

    private static void close(@Nullable Lease lease) {
        if (lease != null) {
            lease.close();
            lease.close();
        }
    }
}
