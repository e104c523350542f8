package io.mesh.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualClockTest {

    private final ManualClock clock = new ManualClock();
    private final List<String> ran = new ArrayList<>();

    @Test
    void itStandsStillUntilItIsMoved() {
        long before = clock.now();
        assertThat(clock.now()).isEqualTo(before);

        clock.advance(Duration.ofSeconds(3));

        assertThat(clock.now() - before).isEqualTo(3_000_000_000L);
    }

    @Test
    void itsReadingsOverflowAfterFiveSeconds() {
        assertThat(clock.now()).isPositive();

        clock.advance(Duration.ofSeconds(6));

        assertThat(clock.now()).isNegative();
    }

    @Test
    void itDoesNotGoBack() {
        assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tasksRunInTheOrderInWhichTheyAreDueEvenOverTheOverflow() {
        clock.schedule(() -> ran.add("late"), Duration.ofSeconds(7).toNanos());
        clock.schedule(() -> ran.add("early"), Duration.ofSeconds(2).toNanos());
        clock.schedule(() -> ran.add("late too"), Duration.ofSeconds(7).toNanos());

        clock.advance(Duration.ofSeconds(6));
        assertThat(ran).containsExactly("early");
        clock.advance(Duration.ofSeconds(1));

        assertThat(ran).containsExactly("early", "late", "late too");
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aTaskSeesTheTimeItWasDueAt() {
        long before = clock.now();
        List<Long> seen = new ArrayList<>();
        clock.schedule(() -> seen.add(clock.now() - before), 5);

        clock.advance(Duration.ofNanos(20));

        assertThat(seen).containsExactly(5L);
        assertThat(clock.now() - before).isEqualTo(20);
    }

    @Test
    void aTaskScheduledByATaskRunsInTheSameMoveIfItIsDueByThen() {
        clock.schedule(
                () -> {
                    ran.add("first");
                    clock.schedule(() -> ran.add("second"), 5);
                    clock.schedule(() -> ran.add("beyond"), 50);
                },
                5);

        clock.advance(Duration.ofNanos(20));

        assertThat(ran).containsExactly("first", "second");
        assertThat(clock.scheduled()).isEqualTo(1);
    }

    @Test
    void aCancelledTaskDoesNotRunAndIsNotKept() {
        Scheduler.Cancellation cancellation = clock.schedule(() -> ran.add("never"), 5);

        cancellation.cancel();
        cancellation.cancel();
        clock.advance(Duration.ofSeconds(1));

        assertThat(ran).isEmpty();
        assertThat(clock.scheduled()).isZero();
    }

    @Test
    void aTaskThatIsDueNowRunsWhenTheClockIsNextMovedEvenByNothing() {
        clock.schedule(() -> ran.add("now"), -3);

        clock.advance(Duration.ZERO);

        assertThat(ran).containsExactly("now");
    }

    @Test
    void whoeverSleepsMovesTheClockInsteadOfWaiting() throws Exception {
        long before = clock.now();

        clock.sleep(Duration.ofHours(1).toNanos());

        assertThat(clock.now() - before).isEqualTo(Duration.ofHours(1).toNanos());
        assertThat(clock.sleeps()).containsExactly(Duration.ofHours(1));
    }

    @Test
    void aSleepIsRefusedToAnInterruptedThread() {
        long before = clock.now();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> clock.sleep(5)).isInstanceOf(InterruptedException.class);

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertThat(clock.now()).isEqualTo(before);
        assertThat(clock.sleeps()).isEmpty();
    }

    @Test
    void threadsThatMoveItAtOnceEachMoveItByTheirOwnAmount() throws Exception {
        long before = clock.now();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    clock.advance(Duration.ofNanos(1));
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(clock.now() - before).isEqualTo(40_000);
    }
}
