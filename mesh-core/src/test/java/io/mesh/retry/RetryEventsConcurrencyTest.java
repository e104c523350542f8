package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.event.MeshEvent.RetryScheduled;
import io.mesh.event.MeshEvent.RetrySucceeded;
import io.mesh.model.Jitter;
import io.mesh.model.RetryConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Calls that are cancelled while they are made again: what is heard of each is whole, whoever is first. */
class RetryEventsConcurrencyTest {

    private static final int CALLS = 3_000;

    /** One call, on the scheduler of the process, that goes well at its last attempt. */
    private static final class Retried {

        private final Queue<MeshEvent> events = new ConcurrentLinkedQueue<>();
        private final AtomicInteger attempts = new AtomicInteger();
        private final CompletableFuture<String> future = RetryPolicy.builder("payments")
                .config(RetryConfig.builder()
                        .maxAttempts(4)
                        .initialDelay(Duration.ofNanos(50_000))
                        .multiplier(1)
                        .jitter(Jitter.NONE)
                        .build())
                .listener(events::add)
                .build()
                .callAsync(this::attempt);

        private CompletableFuture<String> attempt() {
            return attempts.incrementAndGet() < 4
                    ? CompletableFuture.failedFuture(new IOException("failed"))
                    : CompletableFuture.completedFuture("well");
        }

        @Override
        public String toString() {
            return attempts + " attempts, " + events;
        }

        boolean hasEnded() {
            return ends() > 0;
        }

        private long ends() {
            return events.stream()
                    .filter(event -> event instanceof RetriesEnded || event instanceof RetrySucceeded)
                    .count();
        }

        void isWhole() {
            List<MeshEvent> heard = new ArrayList<>(events);
            int made = attempts.get();
            assertThat(ends()).as("%s", heard).isEqualTo(1);
            MeshEvent end = heard.remove(heard.size() - 1);
            if (end instanceof RetrySucceeded succeeded) {
                assertThat(succeeded.attempts()).isEqualTo(made).isEqualTo(4);
                assertThat(heard).hasSize(3);
            } else {
                assertThat(((RetriesEnded) end).attempts()).isEqualTo(made);
                assertThat(heard).hasSizeBetween(made - 1, made); // the next attempt was announced, or had begun
            }
            for (int i = 0; i < heard.size(); i++) {
                assertThat(((RetryScheduled) heard.get(i)).attempt()).isEqualTo(i + 1);
            }
        }
    }

    @Test
    void atWhateverMomentACallIsCancelledItsEndIsHeardOnceAndLast() {
        SplittableRandom random = new SplittableRandom(7);
        List<Retried> calls = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            Retried call = new Retried();
            calls.add(call);
            LockSupport.parkNanos(random.nextInt(300_000));
            call.future.cancel(true);
        }

        await().untilAsserted(() -> assertThat(calls).allMatch(Retried::hasEnded));

        assertThat(calls).allSatisfy(Retried::isWhole);
        assertThat(calls.stream().filter(call -> call.future.isCancelled()).count())
                .isPositive();
    }
}
