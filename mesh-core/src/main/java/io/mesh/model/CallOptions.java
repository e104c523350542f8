package io.mesh.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the caller knows about one call of a service.
 *
 * @param idempotent true if the call may be made twice, false if it must not be (stronger than
 *     {@link Repeat#ANY}), null if nothing is known, the default
 * @param timeout counted from the start of the call: no wait and no attempt begins that would end later,
 *     and {@link RetryConfig#attemptTimeout()} is shortened to what is left; without that it cuts no running
 *     attempt; longer than 0, or null for no limit, the default
 * @param hashKey what calls of the same instance have in common, such as the id of a customer, for strategies that go
 *     by it; not blank, or null for none, the default
 * @param subset name of the {@linkplain LoadBalancerConfig#subsets() subset} whose instances are to be called; null for
 *     none, the default
 */
public record CallOptions(
        @Nullable Boolean idempotent,
        @Nullable Duration timeout,
        @Nullable String hashKey,
        @Nullable String subset) {

    private static final CallOptions DEFAULTS = new CallOptions(null, null, null, null);
    private static final CallOptions IDEMPOTENT = new CallOptions(true, null, null, null);
    private static final CallOptions NOT_IDEMPOTENT = new CallOptions(false, null, null, null);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public CallOptions {
        if (timeout != null) {
            Check.positive("timeout", timeout);
        }
        if (hashKey != null && hashKey.isBlank()) {
            throw new InvalidSettingException("hashKey", "'" + hashKey + "'", "must not be blank");
        }
    }

    /** {@return the options of a call of which nothing is known; always the same object} */
    public static CallOptions defaults() {
        return DEFAULTS;
    }

    /**
     * The options of a call of which only this is known.
     *
     * @param idempotent whether the call may be made twice
     * @return always the same object for the same argument
     */
    public static CallOptions idempotent(boolean idempotent) {
        return idempotent ? IDEMPOTENT : NOT_IDEMPOTENT;
    }

    /**
     * A copy that bounds the call in time.
     *
     * @param limit longer than 0, or null for no limit
     * @return the copy
     * @throws InvalidSettingException if the limit is not longer than 0
     */
    public CallOptions withTimeout(@Nullable Duration limit) {
        return new CallOptions(idempotent, limit, hashKey, subset);
    }

    /**
     * A copy with a key that calls of the same instance have in common.
     *
     * @param key not blank, or null for none
     * @return the copy
     * @throws InvalidSettingException if the key is blank
     */
    public CallOptions withHashKey(@Nullable String key) {
        return new CallOptions(idempotent, timeout, key, subset);
    }

    /**
     * A copy for some of the service's instances only.
     *
     * @param name of the subset, one of the service's settings, or the call is refused; null for none
     * @return the copy
     */
    public CallOptions withSubset(@Nullable String name) {
        return new CallOptions(idempotent, timeout, hashKey, name);
    }
}
