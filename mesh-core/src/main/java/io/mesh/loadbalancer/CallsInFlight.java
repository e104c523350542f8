package io.mesh.loadbalancer;

/**
 * How many calls all candidates have in flight. Few are asked each time; of many, all are asked once in so many times
 * that it takes 32 looks on average, so the answer may be behind by the calls picked since.
 */
final class CallsInFlight {

    private static final int FEW = 32;

    private volatile long counted;
    private int questions = -1; // some may be lost between threads: no harm

    long of(Candidates candidates) {
        if (candidates.size() <= FEW) {
            return count(candidates);
        }
        int question = questions + 1;
        questions = question;
        if (question % (candidates.size() / FEW) == 0) {
            counted = count(candidates);
        }
        return counted;
    }

    private static long count(Candidates candidates) {
        long calls = 0;
        for (Endpoint endpoint : candidates.endpoints()) {
            calls += endpoint.inFlight();
        }
        return calls;
    }
}
