package io.mesh.lab;

import java.util.random.RandomGenerator;

/** How a backend answers. */
@FunctionalInterface
interface Behaviour {

    /**
     * One answer.
     *
     * @param seconds of work it takes
     * @param succeeds whether it is a good one
     */
    record Answer(double seconds, boolean succeeds) {}

    /**
     * Draws the answer to a call.
     *
     * @param at seconds since the start
     * @param random chance of this backend
     */
    Answer answer(double at, RandomGenerator random);

    /** Good answers after a time that is normally distributed. */
    static Behaviour normal(double mean, double deviation) {
        return (at, random) -> new Answer(Math.max(0, Chance.normal(random, mean, deviation)), true);
    }

    /** Good answers after a time that is exponentially distributed. */
    static Behaviour exponential(double mean) {
        return (at, random) -> new Answer(Chance.exponential(random, mean), true);
    }

    /** Good answers, always after the same time. */
    static Behaviour steady(double seconds) {
        return (at, random) -> new Answer(seconds, true);
    }

    /** Failures, always after the same time. */
    static Behaviour failing(double seconds) {
        return (at, random) -> new Answer(seconds, false);
    }

    /** As this one, but a share of the answers, at random, are failures. */
    default Behaviour failing(double share, double seconds) {
        return (at, random) -> random.nextDouble() < share ? new Answer(seconds, false) : answer(at, random);
    }

    /** As this one, but for a time as another. */
    default Behaviour butBetween(double from, double to, Behaviour other) {
        return (at, random) -> (at >= from && at < to ? other : this).answer(at, random);
    }
}
