package io.mesh.benchmarks.load;

/** Client of the service inventory. */
interface Inventory {

    Stock stock(String item);

    /**
     * How much there is of an item.
     *
     * @param source the instance that answered
     */
    record Stock(String item, int available, String source) {}
}
