package io.mesh.sample.backend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WarehouseTest {

    private final Warehouse warehouse = new Warehouse();
    private final int atStart = warehouse.available("apple");

    @Test
    void stockIsTakenOnceForAnOrderHoweverOftenItIsAsked() {
        Warehouse.Reservation first = warehouse.reserve("order", "apple", 3);

        Warehouse.Reservation second = warehouse.reserve("order", "apple", 3);

        assertThat(second).isSameAs(first);
        assertThat(warehouse.available("apple")).isEqualTo(atStart - 3);
    }

    @Test
    void stockIsGivenBackOnceForAnOrderHoweverOftenItIsAsked() {
        warehouse.reserve("order", "apple", 3);

        warehouse.release("order");
        warehouse.release("order");

        assertThat(warehouse.available("apple")).isEqualTo(atStart);
    }

    @Test
    void moreThanThereIsCannotBeTaken() {
        assertThat(warehouse.reserve("order", "apple", atStart + 1)).isNull();

        assertThat(warehouse.available("apple")).isEqualTo(atStart);
    }
}
