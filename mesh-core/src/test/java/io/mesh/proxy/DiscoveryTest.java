package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.mesh.MeshLog;
import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.DiscoveryFailed;
import io.mesh.event.MeshEvent.DiscoveryRecovered;
import io.mesh.event.MeshEvent.InstancesChanged;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.DiscoveryConfig;
import io.mesh.model.InvalidSettingException;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.model.ServiceConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ServiceSnapshot;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiscoveryTest {

    private static final ServiceInstance A = ServiceInstance.of("a:1");
    private static final ServiceInstance B = ServiceInstance.of("b:1");

    private final ManualClock clock = new ManualClock();
    private final ToldDiscovery registry = new ToldDiscovery();
    private final List<MeshEvent> events = new ArrayList<>();
    private Mesh mesh = Mesh.builder().build();
    private ServiceProxy orders;

    @AfterEach
    void close() {
        mesh.close();
    }

    /** A mesh whose service "orders" is discovered, in time moved by hand. */
    private void start(DiscoveryConfig.Builder discovery) {
        mesh = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .listener(events::add)
                .discovery("told", registry)
                .service("orders", s -> s.discovery(discovery.build()))
                .build();
        orders = mesh.service("orders");
    }

    private void start() {
        start(ToldDiscovery.config());
    }

    private List<String> known() {
        return orders.loadBalancer().instances().stream()
                .map(ServiceInstance::id)
                .sorted()
                .toList();
    }

    private void setDiscovery(DiscoveryConfig discovery) {
        set(ServiceConfig.builder().discovery(discovery).build());
    }

    private void set(ServiceConfig service) {
        mesh.update(config -> config.toBuilder().service("orders", service).build());
    }

    private NoHealthyInstanceException rejection() {
        return catchThrowableOfType(NoHealthyInstanceException.class, () -> orders.call(ServiceInstance::id));
    }

    // which list counts

    @Test
    void callsGoToWhatWasFound() {
        start();

        registry.found("a:1", "b:1");

        assertThat(orders.call(ServiceInstance::id)).isIn("a:1", "b:1");
        assertThat(known()).containsExactly("a:1", "b:1");
    }

    @Test
    void aListEqualToTheLastChangesNothingInWhateverOrder() {
        start();
        registry.found("a:1", "b:1");
        List<Endpoint> before = orders.loadBalancer().endpoints();

        registry.found("b:1", "a:1");

        assertThat(orders.loadBalancer().endpoints()).isEqualTo(before);
        assertThat(events).hasOnlyElementsOfType(InstancesChanged.class).hasSize(1);
    }

    @Test
    void anInstanceThatKeepsItsIdKeepsItsStateAndTheNewWeightCounts() {
        start();
        registry.found(A, B);
        CircuitBreaker breaker = orders.circuitBreaker("a:1");
        breaker.forceOpen();
        orders.loadBalancer().endpoint("a:1").begin();

        registry.found(A.withWeight(7).withMetadata(Map.of("version", "2")), B);

        assertThat(orders.circuitBreaker("a:1")).isSameAs(breaker);
        assertThat(breaker.state()).isEqualTo(CircuitState.FORCED_OPEN);
        assertThat(orders.loadBalancer().endpoint("a:1").inFlight()).isEqualTo(1);
        assertThat(orders.loadBalancer().endpoint("a:1").instance().weight()).isEqualTo(7);
        assertThat(events).last().isEqualTo(new InstancesChanged("orders", List.of(), List.of(), List.of("a:1"), 2));
    }

    @Test
    void ofTwoInstancesWithOneIdTheLastCounts() {
        start();

        registry.found(A, B, A.withWeight(5));

        assertThat(known()).containsExactly("a:1", "b:1");
        assertThat(orders.loadBalancer().endpoint("a:1").instance().weight()).isEqualTo(5);
    }

    @Test
    void whatWasDoneByHandStaysWhenOthersChange() {
        start();
        registry.found("a:1", "b:1", "c:1");
        orders.loadBalancer().drain("a:1");
        orders.loadBalancer().mark("b:1", false);
        orders.loadBalancer().add(ServiceInstance.of("mine:1"));
        orders.loadBalancer().remove("c:1");

        registry.found("a:1", "b:1", "c:1", "d:1");

        assertThat(known()).containsExactly("a:1", "b:1", "d:1", "mine:1");
        assertThat(orders.loadBalancer().endpoint("a:1").isDrained()).isTrue();
        assertThat(orders.loadBalancer().endpoint("b:1").isHealthy()).isFalse();
    }

    @Test
    void aFailureAfterAGoodListKeepsItHoweverOld() {
        start();
        registry.found("a:1");

        registry.failed(new IOException("registry down"));
        clock.advance(Duration.ofDays(1));

        assertThat(orders.call(ServiceInstance::id)).isEqualTo("a:1");
        assertThat(orders.snapshot().discovery().age()).isEqualTo(Duration.ofDays(1));
        assertThat(orders.snapshot().discovery().failingFor()).isEqualTo(Duration.ofDays(1));
        assertThat(orders.snapshot().discovery().lastError()).isEqualTo("java.io.IOException: registry down");
    }

    @Test
    void anAnswerWithoutInstancesIsBelievedWhenItHasBeenTrueForTheGraceTime() {
        start(ToldDiscovery.config().emptyGrace(Duration.ofSeconds(30)));
        registry.found("a:1");

        registry.foundNobody();
        clock.advance(Duration.ofSeconds(29));
        registry.foundNobody();
        assertThat(known()).containsExactly("a:1");
        assertThat(orders.snapshot().discovery().lastError())
                .isEqualTo(
                        "java.util.NoSuchElementException: It has found no instance; that is believed after 30000 ms.");

        clock.advance(Duration.ofSeconds(1));

        assertThat(known()).isEmpty();
        assertThat(orders.snapshot().discovery().lastError()).isNull();
        assertThat(events)
                .contains(new InstancesChanged("orders", List.of(), List.of("a:1"), List.of(), 0))
                .filteredOn(DiscoveryFailed.class::isInstance)
                .singleElement()
                .extracting(event -> ((DiscoveryFailed) event).failure())
                .isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void instancesOrAFailureInBetweenBeginTheGraceTimeAnew() {
        start(ToldDiscovery.config().emptyGrace(Duration.ofSeconds(30)));
        registry.found("a:1");

        registry.foundNobody();
        clock.advance(Duration.ofSeconds(29));
        registry.found("a:1");
        clock.advance(Duration.ofSeconds(29));
        registry.foundNobody();
        clock.advance(Duration.ofSeconds(29));
        registry.failed(new IOException("down"));
        clock.advance(Duration.ofMinutes(5));
        assertThat(known()).containsExactly("a:1");

        registry.foundNobody();
        clock.advance(Duration.ofSeconds(30));

        assertThat(known()).isEmpty();
    }

    @Test
    void withoutAGraceTimeAnEmptyAnswerIsBelievedAtOnce() {
        start(ToldDiscovery.config().emptyGrace(Duration.ZERO));
        registry.found("a:1");

        registry.foundNobody();

        assertThat(known()).isEmpty();
    }

    // before the first answer

    @Test
    void aCallBeforeTheFirstAnswerWaitsForItAndSucceeds() throws Exception {
        start();
        CompletableFuture<String> call = CompletableFuture.supplyAsync(() -> orders.call(ServiceInstance::id));
        Thread waiting = new Thread(() -> orders.call(ServiceInstance::id));
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.WAITING);
        assertThat(call).isNotDone();

        registry.found("a:1");

        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("a:1");
        waiting.join(10_000);
        assertThat(waiting.isAlive()).isFalse();
    }

    @Test
    void anAsynchronousCallBeforeTheFirstAnswerWaitsWithoutAThread() throws Exception {
        start();

        CompletableFuture<String> call = orders.callAsync(instance -> CompletableFuture.completedFuture(instance.id()));
        CompletableFuture<String> cancelled =
                orders.callAsync(instance -> CompletableFuture.completedFuture(instance.id()));
        assertThat(call).isNotDone();
        cancelled.cancel(true);
        registry.found("a:1");

        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("a:1");
        assertThat(cancelled).isCancelled();
    }

    @Test
    void callsWaitOnlyForSoLongAfterTheStartAndThenFailAtOnceNamingTheCause() throws Exception {
        start(ToldDiscovery.config().maxWait(Duration.ofSeconds(3)));
        registry.failed(new IOException("registry down"));
        clock.advance(Duration.ofSeconds(2));
        CompletableFuture<String> call = orders.callAsync(instance -> CompletableFuture.completedFuture(instance.id()));
        assertThat(call).isNotDone();

        clock.advance(Duration.ofSeconds(1));

        assertThat(catchThrowable(() -> call.get(10, TimeUnit.SECONDS)))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(NoHealthyInstanceException.class);
        assertThat(rejection())
                .hasMessage("Service 'orders' has no instance to call: 0 known, 0 unhealthy, 0 ejected, 0 drained."
                        + " Discovery (told orders) has not answered yet; it has been failing for 3 s:"
                        + " java.io.IOException: registry down.");
        assertThat(rejection().discovery().age()).isNull();
    }

    @Test
    void anEmptyFirstAnswerIsNotTheInstanceThatCallsWaitFor() throws Exception {
        start();
        CompletableFuture<String> call = orders.callAsync(instance -> CompletableFuture.completedFuture(instance.id()));

        registry.foundNobody();
        assertThat(call).isNotDone();
        registry.found("a:1");

        assertThat(call.get(10, TimeUnit.SECONDS)).isEqualTo("a:1");
    }

    @Test
    void withoutWaitingCallsFailAtOnceAndSayThatThereWasNoAnswerYet() {
        start(ToldDiscovery.config().maxWait(Duration.ZERO));

        assertThat(rejection())
                .hasMessage("Service 'orders' has no instance to call: 0 known, 0 unhealthy, 0 ejected, 0 drained."
                        + " Discovery (told orders) has not answered yet.");
        CompletableFuture<String> call = orders.callAsync(instance -> CompletableFuture.completedFuture(instance.id()));
        assertThat(call).isCompletedExceptionally();
    }

    @Test
    void aCallsOwnTimeoutEndsItsWait() {
        start();
        CompletableFuture<String> call = orders.callAsync(
                CallOptions.defaults().withTimeout(Duration.ofSeconds(1)),
                instance -> CompletableFuture.completedFuture(instance.id()));

        clock.advance(Duration.ofSeconds(1));

        await().until(call::isDone);
        assertThat(catchThrowable(call::join))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(NoHealthyInstanceException.class);
    }

    @Test
    void anInterruptEndsTheWaitAndStays() throws InterruptedException {
        start();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            failure.set(catchThrowable(() -> orders.call(ServiceInstance::id)));
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        caller.start();
        await().until(() -> caller.getState() == Thread.State.WAITING);

        caller.interrupt();
        caller.join(10_000);

        assertThat(failure.get()).isInstanceOf(NoHealthyInstanceException.class);
        assertThat(interrupted.get()).isTrue();
    }

    @Test
    void closingTheMeshEndsTheWait() {
        start();
        CompletableFuture<String> async =
                orders.callAsync(instance -> CompletableFuture.completedFuture(instance.id()));
        CompletableFuture<String> sync = CompletableFuture.supplyAsync(() -> orders.call(ServiceInstance::id));

        mesh.close();

        await().until(() -> async.isCompletedExceptionally() && sync.isCompletedExceptionally());
    }

    // telling

    @Test
    void theRejectionOfAKnownServiceSaysHowOldItsListIs() {
        start();
        registry.found("a:1");
        orders.loadBalancer().drain("a:1");
        clock.advance(Duration.ofSeconds(12));
        registry.failed(new IOException("registry down"));
        clock.advance(Duration.ofMillis(500));

        assertThat(rejection())
                .hasMessage("Service 'orders' has no instance to call: 1 known, 0 unhealthy, 0 ejected, 1 drained."
                        + " Discovery (told orders) last answered 12.5 s ago; it has been failing for 500 ms:"
                        + " java.io.IOException: registry down.");
    }

    @Test
    void aSnapshotCountsAndSaysHowOldTheListIs() {
        start();
        registry.found("a:1", "b:1", "c:1", "d:1");
        orders.loadBalancer().drain("a:1");
        orders.loadBalancer().mark("b:1", false);
        orders.circuitBreaker("c:1").forceOpen();
        clock.advance(Duration.ofSeconds(1));

        ServiceSnapshot snapshot = orders.snapshot();

        assertThat(List.of(snapshot.known(), snapshot.healthy(), snapshot.ejected(), snapshot.drained()))
                .containsExactly(4, 2, 1, 1);
        assertThat(snapshot.discovery().source()).isEqualTo("told orders");
        assertThat(snapshot.discovery().age()).isEqualTo(Duration.ofSeconds(1));
        assertThat(snapshot.discovery().failingFor()).isNull();
    }

    @Test
    void aServiceThatListsItsInstancesTellsNothingOfDiscovery() {
        mesh = Mesh.builder().service("orders", s -> s.instances("a:1")).build();
        orders = mesh.service("orders");
        orders.loadBalancer().drain("a:1");

        assertThat(orders.snapshot().discovery()).isNull();
        assertThat(rejection().discovery()).isNull();
    }

    @Test
    void eventsTellOfChangesAndNotOfLookups() {
        start();
        IOException first = new IOException("down");
        IllegalStateException other = new IllegalStateException("other");

        registry.found("a:1", "b:1");
        registry.found("a:1", "b:1");
        registry.failed(first);
        registry.failed(new IOException("still down"));
        registry.failed(other);
        clock.advance(Duration.ofSeconds(4));
        registry.found("b:1", "c:1");

        assertThat(events)
                .containsExactly(
                        new InstancesChanged("orders", List.of("a:1", "b:1"), List.of(), List.of(), 2),
                        new DiscoveryFailed("orders", "told orders", first),
                        new DiscoveryFailed("orders", "told orders", other),
                        new InstancesChanged("orders", List.of("c:1"), List.of("a:1"), List.of(), 2),
                        new DiscoveryRecovered("orders", "told orders", Duration.ofSeconds(4)));
    }

    private static String saidOf(String ids) {
        return "Discovery (told orders) of service 'orders' lists more than one instance with the same id, of which the last"
                + " counts: " + ids + ".";
    }

    @Test
    void whichIdsAreThereTwiceIsSaidWhenThatChanges() {
        start();
        try (MeshLog log = new MeshLog()) {
            registry.found(A, B, A.withWeight(5));
            registry.found(A, B, A.withWeight(5));
            registry.found(B, A, A);
            registry.found(A, B, B);
            registry.found(A, B);
            registry.found(B, B, A, A, A);

            assertThat(log.sentences()).containsExactly(saidOf("'a:1'"), saidOf("'b:1'"), saidOf("'a:1', 'b:1'"));
        }
    }

    @Test
    void ofManyIdsThatAreThereTwiceTenAreNamed() {
        start();
        ServiceInstance[] twelveTwice = IntStream.range(0, 24)
                .mapToObj(i -> ServiceInstance.of((char) ('a' + i / 2) + ":1"))
                .toArray(ServiceInstance[]::new);
        try (MeshLog log = new MeshLog()) {
            registry.found(twelveTwice);

            assertThat(log.sentences())
                    .containsExactly(saidOf(
                            "'a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1', 'g:1', 'h:1', 'i:1', 'j:1' and 2" + " more"));
        }
        assertThat(known()).hasSize(12);
    }

    // changes of settings

    @Test
    void anotherSourceTakesOverWithItsFirstAnswer() {
        start();
        registry.found("a:1");

        setDiscovery(
                ToldDiscovery.config().refreshInterval(Duration.ofSeconds(7)).build());
        assertThat(registry.started).hasValue(2);
        assertThat(registry.closed).hasValue(1);
        assertThat(known()).containsExactly("a:1");
        registry.found("b:1");

        assertThat(known()).containsExactly("b:1");
    }

    @Test
    void settingsThatStayTheSameDoNotTouchDiscovery() {
        start();
        registry.found("a:1");

        set(ServiceConfig.builder()
                .discovery(ToldDiscovery.config().build())
                .circuitBreaker(
                        CircuitBreakerConfig.builder().failureThreshold(9).build())
                .build());

        assertThat(registry.started).hasValue(1);
        assertThat(registry.closed).hasValue(0);
        assertThat(known()).containsExactly("a:1");
    }

    @Test
    void aSourceThatWasStoppedIsNotHeardAnyMore() {
        start();
        registry.found("a:1");
        List<ToldDiscovery.Told> stopped = List.copyOf(registry.listening);

        set(ServiceConfig.builder().instances("fixed:1").build());
        stopped.forEach(one -> one.listener().found(List.of(B)));
        stopped.forEach(one -> one.listener().failed(new IOException("late")));

        assertThat(known()).containsExactly("fixed:1");
        assertThat(orders.snapshot().discovery()).isNull();
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void instancesThatWereListedStayUntilDiscoveryHasAnswered() {
        mesh = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .discovery("told", registry)
                .service("orders", s -> s.instances("fixed:1"))
                .build();
        orders = mesh.service("orders");

        setDiscovery(ToldDiscovery.config().build());
        assertThat(orders.call(ServiceInstance::id)).isEqualTo("fixed:1");
        registry.foundNobody();
        assertThat(known()).containsExactly("fixed:1");
        registry.found("a:1");

        assertThat(known()).containsExactly("a:1");
    }

    @Test
    void aServiceThatIsRemovedEndsItsDiscoveryAndBeginsAnewWhenItIsAddedAgain() {
        start();
        registry.found("a:1");

        mesh.update(config -> config.toBuilder().removeService("orders").build());
        assertThat(registry.closed).hasValue(1);
        assertThat(clock.scheduled()).isZero();
        setDiscovery(ToldDiscovery.config().build());
        registry.found("b:1");

        assertThat(registry.started).hasValue(2);
        assertThat(orders.call(ServiceInstance::id)).isEqualTo("b:1");
    }

    @Test
    void closingTheMeshEndsDiscoveryOnce() {
        start();

        mesh.close();
        mesh.close();

        assertThat(registry.closed).hasValue(1);
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aWayThatTheMeshWasNotGivenIsRefusedWholeAndThoseItHasAreNamed() {
        start();
        registry.found("a:1");

        assertThatThrownBy(() -> mesh.update(config -> config.toBuilder()
                        .service(
                                "payments",
                                ServiceConfig.builder().instances("p:1").build())
                        .service(
                                "orders",
                                ServiceConfig.builder()
                                        .discovery(DiscoveryConfig.named("consul", "orders"))
                                        .build())
                        .build()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("discovery must be dns, srv, a file or what Mesh.builder().discovery(name, factory) was"
                        + " given (told), but is 'consul'");

        assertThat(mesh.services()).containsExactly("orders");
        assertThat(known()).containsExactly("a:1");
    }

    @Test
    void aFactoryThatThrowsIsAFailureOfDiscovery() {
        mesh = Mesh.builder()
                .ticker(clock)
                .scheduler(clock)
                .discovery("broken", (service, config) -> {
                    throw new IllegalStateException("no such plug-in");
                })
                .service(
                        "orders",
                        s -> s.discovery(DiscoveryConfig.named("broken", "orders").toBuilder()
                                .maxWait(Duration.ZERO)
                                .build()))
                .build();
        orders = mesh.service("orders");

        assertThat(rejection()).hasMessageEndingWith("java.lang.IllegalStateException: no such plug-in.");
    }

    @Test
    void aFileIsFollowedInAWholeMesh(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("orders.json"), "{\"instances\": [\"a:1\"]}");
        mesh = Mesh.builder()
                .service(
                        "orders",
                        s -> s.discovery(DiscoveryConfig.file(file).toBuilder()
                                .refreshInterval(Duration.ofMillis(10))
                                .build()))
                .build();
        orders = mesh.service("orders");
        assertThat(orders.call(ServiceInstance::id)).isEqualTo("a:1");

        Files.writeString(file, "{\"instances\": [\"b:1\", ");
        await().untilAsserted(() ->
                assertThat(orders.snapshot().discovery().lastError()).contains("orders.json, line 1, column 23"));
        assertThat(known()).containsExactly("a:1");
        Files.writeString(file, "{\"instances\": [\"b:1\"]}");

        await().untilAsserted(() -> assertThat(known()).containsExactly("b:1"));
        assertThat(orders.snapshot().discovery().lastError()).isNull();
    }

    @Test
    void anIdThatIsTwiceInAFileIsSaidOnceHoweverOftenTheFileIsRead(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("orders.json");
        Files.writeString(
                file,
                "{\"instances\": [{\"id\": \"a\", \"host\": \"h\", \"port\": 1}, \"b:1\","
                        + " {\"id\": \"a\", \"host\": \"h\", \"port\": 2}]}");
        Path next = folder.resolve("next.json");
        Files.writeString(next, Files.readString(file).replace("b:1", "c:1"));
        try (MeshLog log = new MeshLog()) {
            mesh = Mesh.builder()
                    .service(
                            "orders",
                            s -> s.discovery(DiscoveryConfig.file(file).toBuilder()
                                    .refreshInterval(Duration.ofMillis(10))
                                    .build()))
                    .build();
            orders = mesh.service("orders");
            await().untilAsserted(() -> assertThat(known()).containsExactly("a", "b:1"));
            Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
            await().untilAsserted(() -> assertThat(known()).containsExactly("a", "c:1"));

            assertThat(orders.loadBalancer().endpoint("a").instance().port()).isEqualTo(2);
            mesh.close();
            assertThat(log.sentences()).singleElement().asString().endsWith("of which the last counts: 'a'.");
        }
    }

    // no leak

    @Test
    void nothingIsLeftBehindByTenThousandFlipsBetweenEmptyAndNot() {
        start(ToldDiscovery.config().emptyGrace(Duration.ZERO));
        registry.found("a:1");
        WeakReference<Endpoint> early =
                new WeakReference<>(orders.loadBalancer().endpoint("a:1"));

        for (int i = 0; i < 10_000; i++) {
            registry.foundNobody();
            registry.found("a:1");
            assertThat(orders.call(ServiceInstance::id)).isEqualTo("a:1");
        }

        events.clear();
        await().until(() -> {
            System.gc();
            return early.get() == null;
        });
        assertThat(clock.scheduled()).isZero();
        assertThat(orders.snapshot().instances()).hasSize(1);
    }

    @Test
    void aThousandServicesNeedNoThousandThreads(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("all.json"), "{\"instances\": [\"a:1\"]}");
        MeshBuilder builder = Mesh.builder();
        for (int i = 0; i < 1_000; i++) {
            builder.service("service-" + i, s -> s.discovery(DiscoveryConfig.file(file)));
        }

        mesh = builder.build();

        await().until(() -> mesh.snapshot().stream().allMatch(snapshot -> snapshot.known() == 1));
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("mesh-discovery-")))
                .hasSizeLessThanOrEqualTo(16);
    }
}
