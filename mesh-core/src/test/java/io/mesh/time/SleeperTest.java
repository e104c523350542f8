package io.mesh.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class SleeperTest {

    private final Sleeper sleeper = Sleeper.system();

    @Test
    void itWaitsAtLeastAsLongAsAsked() throws Exception {
        long before = System.nanoTime();

        sleeper.sleep(Duration.ofMillis(20).toNanos());

        assertThat(System.nanoTime() - before)
                .isGreaterThanOrEqualTo(Duration.ofMillis(20).toNanos());
    }

    @Test
    void aThreadWokenForNoReasonSleepsOn() throws Exception {
        long before = System.nanoTime();
        LockSupport.unpark(Thread.currentThread()); // the first park returns at once

        sleeper.sleep(Duration.ofMillis(20).toNanos());

        assertThat(System.nanoTime() - before)
                .isGreaterThanOrEqualTo(Duration.ofMillis(20).toNanos());
    }

    @Test
    void anInterruptBeforeIsNoticedEvenIfThereIsNothingToWaitFor() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> sleeper.sleep(0)).isInstanceOf(InterruptedException.class);

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void anInterruptEndsTheWaitHoweverLongItWouldBe() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        Thread sleeping = new Thread(() -> {
            begun.countDown();
            try {
                sleeper.sleep(Long.MAX_VALUE);
            } catch (InterruptedException interrupted) {
                thrown.set(interrupted);
            }
        });
        sleeping.start();
        begun.await();

        sleeping.interrupt();
        sleeping.join();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    }
}
