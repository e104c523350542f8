package io.mesh.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.THROWABLE;

import io.mesh.MeshLog;
import io.mesh.event.MeshEvent.RetriesEnded;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class EventQueueTest {

    private final List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
    private final MeshListener listener = event -> heard.add(number(event));

    @Test
    void eventsPublishedInTheWrongOrderAreHeardInTheRightOne() {
        EventQueue queue = new EventQueue(List.of(listener));

        queue.publish(2, event(2));
        queue.publish(1, event(1));
        assertThat(heard).isEmpty();
        queue.publish(0, event(0));

        assertThat(heard).containsExactly(0, 1, 2);
    }

    @Test
    void theQueueNumbersEventsThatHaveNoNumber() {
        EventQueue queue = new EventQueue(List.of(listener));

        queue.publish(event(7));
        queue.publish(event(8));

        assertThat(heard).containsExactly(7, 8);
    }

    @Test
    void everyListenerHearsEveryEventInTheOrderOfTheList() {
        List<String> order = new ArrayList<>();
        EventQueue queue = new EventQueue(
                List.of(event -> order.add("a" + number(event)), event -> order.add("b" + number(event))));

        queue.publish(0, event(0));
        queue.publish(1, event(1));

        assertThat(order).containsExactly("a0", "b0", "a1", "b1");
    }

    @Test
    void withoutAListenerNothingIsKept() {
        EventQueue queue = new EventQueue(List.of());

        queue.publish(0, event(0));
        queue.publish(event(1));

        assertThat(queue.isSilent()).isTrue();
        assertThat(queue.lost()).isZero();
    }

    @Test
    void whateverTheThreadsDoEventsAreHeardInOrderOneAtATimeAndOnce() throws Exception {
        int threads = 8;
        int each = 20_000;
        AtomicBoolean hearing = new AtomicBoolean();
        AtomicBoolean overlapped = new AtomicBoolean();
        List<Integer> inOrder = new ArrayList<>(); // not thread-safe on purpose
        AtomicInteger count = new AtomicInteger();
        EventQueue queue = new EventQueue(List.of(event -> {
            if (!hearing.compareAndSet(false, true)) {
                overlapped.set(true);
            }
            inOrder.add(number(event));
            count.incrementAndGet();
            hearing.set(false);
        }));
        AtomicInteger next = new AtomicInteger();

        inThreads(threads, () -> {
            for (int i = 0; i < each; i++) {
                while (next.get() - count.get() > 500) {
                    LockSupport.parkNanos(10_000);
                }
                int number = next.getAndIncrement();
                queue.publish(number, event(number));
            }
        });

        assertThat(overlapped).isFalse();
        assertThat(queue.lost()).isZero();
        assertThat(inOrder).hasSize(threads * each);
        for (int i = 0; i < inOrder.size(); i++) {
            assertThat(inOrder.get(i) == i).isTrue();
        }
    }

    @Test
    void atRestWhatWasHeardAndWhatWasLostIsWhatWasPublished() throws Exception {
        int threads = 8;
        int each = 20_000;
        AtomicInteger next = new AtomicInteger();
        AtomicLong last = new AtomicLong(-1);
        AtomicBoolean disordered = new AtomicBoolean();
        AtomicInteger count = new AtomicInteger();
        EventQueue queue = new EventQueue(List.of(event -> {
            if (number(event) <= last.getAndSet(number(event))) {
                disordered.set(true);
            }
            if (count.incrementAndGet() % 1_000 == 0) {
                LockSupport.parkNanos(1_000_000); // slower than the publishers
            }
        }));

        inThreads(threads, () -> {
            for (int i = 0; i < each; i++) {
                int number = next.getAndIncrement();
                queue.publish(number, event(number));
            }
        });

        assertThat(disordered).isFalse();
        assertThat(count.get() + queue.lost()).isEqualTo((long) threads * each);
        assertThat(last).hasValue((long) threads * each - 1); // the newest is never lost
    }

    @Test
    void whileAListenerBlocksTheNewestWaitAndTheOldestAreLost() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch blocking = new CountDownLatch(1);
        EventQueue queue = new EventQueue(List.of(event -> {
            heard.add(number(event));
            blocking.countDown();
            await(held);
        }));
        Thread first = new Thread(() -> queue.publish(0, event(0)));
        first.start();
        blocking.await();

        for (int i = 1; i <= 2_000; i++) {
            queue.publish(i, event(i));
        }
        held.countDown();
        first.join();

        assertThat(queue.lost()).isEqualTo(2_000 - 1_024);
        assertThat(heard).hasSize(1 + 1_024).startsWith(0, 977, 978).endsWith(1_999, 2_000);
    }

    @Test
    void anEventThatComesAfterANewerOneTookItsSlotIsLostAndCounted() {
        EventQueue queue = new EventQueue(List.of(listener));
        for (int i = 1; i <= 1_024; i++) {
            queue.publish(i, event(i)); // the last takes the slot of 0
        }
        queue.publish(0, event(0));
        queue.publish(1_025, event(1_025));

        assertThat(queue.lost()).isEqualTo(1);
        assertThat(heard).hasSize(1_025).startsWith(1, 2).endsWith(1_024, 1_025);
    }

    @Test
    void aListenerThatThrowsIsLoggedOnceAMinuteAndTheOthersHearAll() {
        try (MeshLog log = new MeshLog()) {
            EventQueue queue = new EventQueue(List.of(
                    event -> {
                        throw new AssertionError("the listener");
                    },
                    listener));

            for (int i = 0; i < 100; i++) {
                queue.publish(i, event(i));
            }

            assertThat(heard).hasSize(100);
            assertThat(log.thrown()).singleElement(THROWABLE).hasMessage("the listener");
        }
    }

    @Test
    void anEventPublishedByAListenerIsHeardAfterTheOneItIsHearing() {
        List<String> order = new ArrayList<>();
        EventQueue[] self = new EventQueue[1];
        self[0] = new EventQueue(List.of(
                event -> {
                    order.add("a" + number(event));
                    if (number(event) == 0) {
                        self[0].publish(1, event(1));
                    }
                },
                event -> order.add("b" + number(event))));

        self[0].publish(0, event(0));

        assertThat(order).containsExactly("a0", "b0", "a1", "b1");
    }

    private static MeshEvent event(int number) {
        return new RetriesEnded("source", number, "reason", null);
    }

    private static int number(MeshEvent event) {
        return ((RetriesEnded) event).attempts();
    }

    private static void inThreads(int count, Runnable work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(count);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(() -> {
                try {
                    start.await();
                } catch (Exception broken) {
                    throw new AssertionError(broken);
                }
                work.run();
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
