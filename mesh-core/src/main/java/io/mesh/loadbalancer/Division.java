package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.random.RandomGenerator;

/**
 * Divides calls in fixed parts: by chance, and calls of one key always in the same way while the parts are the same.
 * Immutable.
 */
final class Division {

    private static final double FRACTION = 0x1p-53;
    private static final int SURPLUS_BITS = 11;

    private final double[] upTo; // which share of the calls goes to this part and those before
    private final long salt;

    /**
     * A division.
     *
     * @param parts of any sum above 0, each 0 or more
     * @param salt of the hash of keys; where one division follows another each needs its own, or the keys of one part of the
     *     first would all be in one part of the second
     */
    Division(double[] parts, long salt) {
        this.salt = salt;
        this.upTo = new double[parts.length];
        double sum = 0;
        for (double part : parts) {
            sum += part;
        }
        double before = 0;
        for (int i = 0; i < parts.length; i++) {
            before += parts[i] / sum;
            upTo[i] = before;
        }
    }

    /** The index of the part that a call goes to. */
    int draw(CallOptions options, RandomGenerator random) {
        int last = upTo.length - 1;
        if (last == 0) {
            return 0;
        }
        String key = options.hashKey();
        double drawn = key == null
                ? random.nextDouble()
                : (KeyHash.mixed(KeyHash.ofKey(key) + salt) >>> SURPLUS_BITS) * FRACTION;
        int part = 0;
        while (part < last && drawn >= upTo[part]) {
            part++;
        }
        return part;
    }
}
