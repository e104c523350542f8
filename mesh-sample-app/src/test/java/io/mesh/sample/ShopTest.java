package io.mesh.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mesh.model.InstanceSnapshot;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The shop over HTTP, with breakers that stay open: what a test breaks is mended before the next. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = "mesh.defaults.circuit-breaker.open-timeout=1h")
class ShopTest {

    private static final List<String> INVENTORY = List.of("inventory-1", "inventory-2", "inventory-3");
    private static final List<String> PAYMENTS = List.of("payments-1", "payments-2");

    @LocalServerPort
    private int port;

    @Autowired
    private Mesh mesh;

    private ShopClient shop;

    @BeforeEach
    void enter() {
        shop = new ShopClient(port);
    }

    @AfterEach
    void mend() {
        INVENTORY.forEach(id -> shop.flip(id, "mend"));
        PAYMENTS.forEach(id -> shop.flip(id, "mend"));
        shop.flip("recommendations", "mend");
        for (String name : mesh.services()) {
            ServiceProxy service = mesh.service(name);
            for (InstanceSnapshot instance : service.snapshot().instances()) {
                service.circuitBreaker(instance.instance().id()).reset();
            }
        }
        mesh.circuitBreaker("recommendations").reset();
    }

    @Test
    void readingStockGoesToEveryInstanceInTurn() {
        List<String> sources = IntStream.range(0, 6)
                .mapToObj(i -> shop.stock("apple").source())
                .toList();

        assertThat(sources.subList(0, 3)).containsExactlyInAnyOrderElementsOf(INVENTORY);
        assertThat(sources.subList(3, 6)).isEqualTo(sources.subList(0, 3));
    }

    @Test
    void anOrderTakesStockAndMoney() {
        int before = available("apple");

        ShopClient.Answer answer = shop.order("apple", 2);

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.json().get("status").asString()).isEqualTo("PAID");
        assertThat(answer.json().get("payment").get("source").asString()).isIn(PAYMENTS);
        assertThat(answer.json().get("cents").asInt()).isEqualTo(100);
        assertThat(available("apple")).isEqualTo(before - 2);
    }

    @Test
    void anAnswerThatIsNotFoundIsNoFailureOfTheInstance() {
        IntStream.range(0, 30)
                .forEach(i -> assertThat(shop.stock("melon").status()).isEqualTo(404));

        assertThat(INVENTORY).allSatisfy(id -> assertThat(shop.breakerState(id)).isEqualTo("CLOSED"));
    }

    @Test
    void whatCannotBeOrderedIsSaidWithTheReason() {
        assertThat(shop.order("melon", 1).status()).isEqualTo(404);
        assertThat(shop.order("apple", 0).status()).isEqualTo(400);
        assertThat(shop.post("/orders", "{}").status()).isEqualTo(400);
        ShopClient.Answer tooMany = shop.order("apple", 1_000_000);
        assertThat(tooMany.status()).isEqualTo(409);
        assertThat(tooMany.json().get("detail").asString()).contains("1000000", "apple");
    }

    @Test
    void aReadThatFailedAtOneInstanceIsAnsweredByAnother() {
        shop.flip("inventory-1", "fail");
        shop.flip("inventory-2", "refuse");

        List<String> sources = IntStream.range(0, 12)
                .mapToObj(i -> shop.stock("apple").source())
                .toList();

        assertThat(sources).containsOnly("inventory-3");
    }

    @Test
    void withoutInventoryStockIsUnknownAndOrdersAreRefusedBeforeMoneyIsTouched() {
        long charges = paymentRequests();
        INVENTORY.forEach(id -> shop.flip(id, "refuse"));

        ShopClient.Answer stock = shop.stock("apple");
        ShopClient.Answer order = shop.order("apple", 1);

        assertThat(stock.status()).isEqualTo(200);
        assertThat(stock.source()).isEqualTo("fallback");
        assertThat(stock.json().get("available").isNull()).isTrue();
        assertThat(order.status()).isEqualTo(503);
        assertThat(order.json().get("status").asString()).isEqualTo("REFUSED");
        assertThat(paymentRequests()).isEqualTo(charges);
    }

    @Test
    void aChargeThatWasReceivedIsNeverMadeAgain() {
        long before = paymentRequests();
        PAYMENTS.forEach(id -> shop.flip(id, "fail"));

        for (int i = 1; i <= 4; i++) {
            ShopClient.Answer order = shop.order("pear", 1);

            assertThat(order.status()).isEqualTo(202);
            assertThat(order.json().get("status").asString()).isEqualTo("PAYMENT_UNKNOWN");
            assertThat(order.json().get("payment").get("source").asString()).isEqualTo("fallback");
            assertThat(paymentRequests()).isEqualTo(before + i);
        }
    }

    @Test
    void aChargeThatWasAnsweredTooLateIsNotMadeAgain() {
        long before = paymentRequests();
        PAYMENTS.forEach(id -> shop.flip(id, "slow"));

        ShopClient.Answer order = shop.order("pear", 1);

        assertThat(order.json().get("status").asString()).isEqualTo("PAYMENT_UNKNOWN");
        assertThat(paymentRequests()).isEqualTo(before + 1);
    }

    @Test
    void aChargeThatWasSurelyNotReceivedGoesToTheOtherInstance() {
        shop.flip("payments-1", "refuse");

        for (int i = 0; i < 6; i++) {
            ShopClient.Answer order = shop.order("pear", 1);

            assertThat(order.status()).isEqualTo(201);
            assertThat(order.json().get("payment").get("source").asString()).isEqualTo("payments-2");
        }
    }

    @Test
    void anOrderThatWasSurelyNotPaidGivesItsStockBack() {
        int before = available("plum");
        PAYMENTS.forEach(id -> shop.flip(id, "refuse"));

        ShopClient.Answer order = shop.order("plum", 5);

        assertThat(order.status()).isEqualTo(503);
        assertThat(order.json().get("status").asString()).isEqualTo("REFUSED");
        assertThat(available("plum")).isEqualTo(before);
    }

    @Test
    void anOrderWhoseReservationWasAnsweredTooLateGivesItsStockBack() {
        int before = available("plum");
        INVENTORY.forEach(id -> shop.flip(id, "slow"));
        long requests = inventoryRequests();

        ShopClient.Answer order = shop.order("plum", 7);

        assertThat(order.json().get("status").asString()).isEqualTo("REFUSED");
        assertThat(inventoryRequests()).isEqualTo(requests + 6); // three to take it and three to give it back
        INVENTORY.forEach(id -> shop.flip(id, "mend"));
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(available("plum")).isEqualTo(before));
    }

    @Test
    void anOrderIsRefusedWithoutAChargeWhileAllPaymentCircuitsAreOpen() {
        long before = paymentRequests();
        PAYMENTS.forEach(id -> mesh.service("payments").circuitBreaker(id).forceOpen());

        ShopClient.Answer order = shop.order("plum", 1);

        assertThat(order.status()).isEqualTo(503);
        assertThat(order.json().get("payment").get("status").asString()).isEqualTo("NOT_CHARGED");
        assertThat(paymentRequests()).isEqualTo(before);
    }

    @Test
    void aGuardedMethodIsRetriedAndThenAnsweredByItsFallback() {
        assertThat(shop.get("/recommendations/apple").source()).isEqualTo("recommendations");
        shop.flip("recommendations", "fail");
        long before = shop.requests("recommendations");

        ShopClient.Answer answer = shop.get("/recommendations/apple");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.source()).isEqualTo("fallback");
        assertThat(shop.requests("recommendations")).isEqualTo(before + 2);
    }

    @Test
    void aGuardedMethodIsNotEnteredWhileItsCircuitIsOpen() {
        shop.flip("recommendations", "fail");
        IntStream.range(0, 3).forEach(i -> shop.get("/recommendations/apple"));
        long before = shop.requests("recommendations");

        ShopClient.Answer answer = shop.get("/recommendations/apple");

        assertThat(answer.source()).isEqualTo("fallback");
        assertThat(shop.requests("recommendations")).isEqualTo(before);
        assertThat(shop.get("/mesh")
                        .json()
                        .get("circuitBreakers")
                        .get(0)
                        .get("state")
                        .asString())
                .isEqualTo("OPEN");
    }

    @Test
    void theMeshShowsServicesInstancesAndBreakers() {
        JsonNode inventory = shop.service("inventory");

        assertThat(inventory.get("instances")).hasSize(3).allSatisfy(instance -> {
            assertThat(instance.get("id").asString()).isIn(INVENTORY);
            assertThat(instance.get("address").asString()).startsWith("127.0.0.1:");
            assertThat(instance.get("weight").asInt()).isEqualTo(1);
            assertThat(instance.get("healthy").asBoolean()).isTrue();
            assertThat(instance.get("connections").asInt()).isZero();
            assertThat(instance.get("breaker").get("state").asString()).isEqualTo("CLOSED");
        });
        assertThat(shop.service("payments").get("instances")).hasSize(2);
    }

    @Test
    void anUnknownSwitchIsRefusedWithThoseThereAre() {
        ShopClient.Answer backend = shop.post("/backends/inventory-9/fail", "");
        ShopClient.Answer action = shop.post("/backends/inventory-1/explode", "");

        assertThat(backend.status()).isEqualTo(404);
        assertThat(backend.json().get("detail").asString()).contains("inventory-1", "payments-2");
        assertThat(action.status()).isEqualTo(404);
        assertThat(action.json().get("detail").asString()).contains("fail, slow, refuse or mend");
    }

    @Test
    void theStartPageNamesThePortThatTheShopListensAt() {
        String page = shop.get("/").body();

        assertThat(page).contains("curl -s -w \"\\n\" http://localhost:" + port + "/stock/apple");
        assertThat(page).doesNotContain(":8080");
    }

    private int available(String item) {
        return shop.stock(item).json().get("available").asInt();
    }

    private long inventoryRequests() {
        return INVENTORY.stream().mapToLong(shop::requests).sum();
    }

    private long paymentRequests() {
        return PAYMENTS.stream().mapToLong(shop::requests).sum();
    }
}
