package io.mesh.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packaged shop while one instance fails. */
class FailingInstanceIT {

    private static final List<String> INVENTORY = List.of("inventory-1", "inventory-2", "inventory-3");
    private static final int CUSTOMERS = 4;
    private static final int FAILURE_THRESHOLD = 3; // of inventory, see application.yml
    private static final int HALF_OPEN_MAX_CALLS = 3; // the default
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration GENEROUS = Duration.ofSeconds(30);

    private static RunningShop running;
    private static ShopClient shop;

    @BeforeAll
    static void open() throws Exception {
        running = new RunningShop("--mesh.defaults.circuit-breaker.open-timeout=" + OPEN_TIMEOUT.toMillis() + "ms");
        shop = running.client();
    }

    @AfterAll
    static void close() throws Exception {
        running.close();
    }

    @Test
    void customersNoticeNothingOfAnInstanceThatFailsAndItIsServedAgainSoonAfterItIsMended() throws Exception {
        try (Customers customers = new Customers(CUSTOMERS, shop)) {
            await().atMost(GENEROUS)
                    .until(() -> INVENTORY.stream().allMatch(instance -> customers.answersFrom(instance) > 50));

            long requestsBefore =
                    shop.flip("inventory-2", "fail").get("requests").asLong();
            await().atMost(GENEROUS).pollInterval(Duration.ofMillis(20)).until(() -> shop.breakerState("inventory-2")
                    .equals("OPEN"));
            long openedAt = System.nanoTime();
            long requestsOpen = shop.requests("inventory-2");
            assertThat(requestsOpen - requestsBefore).isLessThanOrEqualTo(mostRequestsUntilOpen());

            long answersOpen = customers.answers();
            long goodAnswers = customers.answersFrom("inventory-2");
            await().atMost(GENEROUS).until(() -> customers.answers() > answersOpen + 1_000);
            long periods = Duration.ofNanos(System.nanoTime() - openedAt).dividedBy(OPEN_TIMEOUT) + 1;
            assertThat(shop.requests("inventory-2") - requestsOpen).isLessThanOrEqualTo(periods * HALF_OPEN_MAX_CALLS);
            assertThat(customers.answersFrom("inventory-2")).isEqualTo(goodAnswers);

            long mendedAt = System.nanoTime();
            shop.flip("inventory-2", "mend");
            await().atMost(GENEROUS)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> customers.answersFrom("inventory-2") > goodAnswers);
            assertThat(Duration.ofNanos(System.nanoTime() - mendedAt)).isLessThan(OPEN_TIMEOUT.plusSeconds(1));

            await().atMost(GENEROUS)
                    .until(() -> shop.breakerState("inventory-2").equals("CLOSED"));
            long answersClosed = customers.answers();
            long servedClosed = customers.answersFrom("inventory-2");
            await().atMost(GENEROUS).until(() -> customers.answers() > answersClosed + 300);
            assertThat(customers.answersFrom("inventory-2") - servedClosed).isGreaterThan(60);

            assertThat(customers.complaints()).isEmpty();
        }
    }

    /**
     * Every customer may have had a request under way that ends well after the switch was flipped, and begins the
     * count of failures in a row anew; and when the last failure is counted, the other customers may be waiting.
     */
    private static long mostRequestsUntilOpen() {
        return CUSTOMERS * (FAILURE_THRESHOLD - 1L) + FAILURE_THRESHOLD + (CUSTOMERS - 1L);
    }
}
