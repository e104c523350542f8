package io.mesh.lab;

import java.util.random.RandomGenerator;

/** Random numbers that are the same on every machine: {@link Math} may differ in the last bit. */
final class Chance {

    private Chance() {}

    /** Exponentially distributed, as the time between independent arrivals is. */
    static double exponential(RandomGenerator random, double mean) {
        return -mean * StrictMath.log(1 - random.nextDouble());
    }

    /** Normally distributed (Box and Muller, 1958). */
    static double normal(RandomGenerator random, double mean, double deviation) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
        return mean + deviation * radius * StrictMath.cos(2 * StrictMath.PI * random.nextDouble());
    }
}
