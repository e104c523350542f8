package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HedgeTaskTest {

    private final AtomicInteger runs = new AtomicInteger();
    private final List<Runnable> queue = new ArrayList<>();

    private HedgeTask<Integer> task() {
        return new HedgeTask<>(runs::incrementAndGet);
    }

    @Test
    void itEitherBeginsOrIsWithdrawn() {
        HedgeTask<Integer> withdrawn = task();
        assertThat(withdrawn.withdraw()).isTrue();
        withdrawn.run();
        assertThat(runs).hasValue(0);
        assertThat(withdrawn.withdraw()).as("asked again").isTrue();
        assertThat(withdrawn).isNotDone();
        assertThat(withdrawn.cancel(true)).isTrue();

        HedgeTask<Integer> begun = task();
        begun.run();
        assertThat(begun.withdraw()).isFalse();
        begun.run();
        assertThat(runs).hasValue(1);
        assertThat(begun).isCompletedWithValue(1);
    }

    @Test
    void withdrawnItHoldsNothingOfTheCallWhileItLiesInAQueue() {
        WeakReference<Object> held = queueAndCancel();

        await().untilAsserted(() -> {
            System.gc();
            assertThat(held.get()).isNull();
        });
        assertThat(queue).hasSize(1);
    }

    private WeakReference<Object> queueAndCancel() {
        Object[] call = new Object[1];
        HedgeTask<Object> task = new HedgeTask<>(() -> call);
        task.handTo(queue::add);
        task.cancel(true);
        return new WeakReference<>(call);
    }

    @Test
    void anExecutorThatThrowsAfterItHasKeptTheTaskNeverRunsIt() {
        HedgeTask<Integer> task = task();

        assertThatThrownBy(() -> task.handTo(kept -> {
                    queue.add(kept);
                    throw new OutOfMemoryError("unable to create native thread");
                }))
                .isInstanceOf(HedgeRefusedException.class)
                .hasCauseInstanceOf(OutOfMemoryError.class);

        queue.forEach(Runnable::run);
        assertThat(runs).hasValue(0);
    }

    @Test
    void anExecutorThatRunsItOnTheThreadThatHandsItOverHasRefusedItAlsoIfItHidesThat() {
        HedgeTask<Integer> task = task();

        assertThatThrownBy(() -> task.handTo(Runnable::run))
                .isInstanceOf(RejectedExecutionException.class)
                .hasRootCauseMessage("The executor runs hedges on the thread that asks for them.");

        assertThat(runs).hasValue(0);
    }

    @Test
    void anExecutorThatThrowsAlthoughItHasRunTheTaskHasRunIt() {
        HedgeTask<Integer> task = task();

        task.handTo(taken -> {
            Thread other = new Thread(taken);
            other.start();
            join(other);
            throw new IllegalStateException("after that");
        });

        assertThat(task).isCompletedWithValue(1);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupt) {
            throw new IllegalStateException(interrupt);
        }
    }
}
