package io.mesh.model;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call was not done within its time limit.
 *
 * <p>It is a failure: a circuit breaker counts it and a retry policy repeats the call, unless their settings
 * name other failures only. Of a blocking call the cause is what the interrupted work threw, and tells where
 * it was when its time was up.
 */
public final class CallTimeoutException extends MeshException {

    private static final long serialVersionUID = 1L;
    private static final int DECIMALS = 3;

    private final String name;
    private final Duration limit;
    private final boolean resultFollows;

    private CallTimeoutException(
            String name, Duration limit, boolean resultFollows, @Nullable Throwable cause, boolean stackTrace) {
        super(null, cause, stackTrace);
        Check.positive("limit", limit);
        this.name = name;
        this.limit = limit;
        this.resultFollows = resultFollows;
    }

    /**
     * Makes the exception that the caller of a call gets.
     *
     * @param name name of the policy or service whose limit it was
     * @param limit the limit, longer than 0
     * @param cause what the interrupted work threw, or null if it threw nothing
     * @param stackTrace whether to walk the stack; in a timer's thread it tells nothing
     * @throws InvalidSettingException if the limit is not longer than 0
     */
    public CallTimeoutException(String name, Duration limit, @Nullable Throwable cause, boolean stackTrace) {
        this(name, limit, false, cause, stackTrace);
    }

    /**
     * Makes the exception that tells policies between the work and its caller that the result, which the caller
     * gets, came too late.
     *
     * @param name name of the policy or service whose limit it was
     * @param limit the limit, longer than 0
     * @return the exception, without a stack trace
     * @throws InvalidSettingException if the limit is not longer than 0
     */
    public static CallTimeoutException withResult(String name, Duration limit) {
        return new CallTimeoutException(name, limit, true, null, false);
    }

    /** {@return the name of the policy or service whose limit it was} */
    public String name() {
        return name;
    }

    /** {@return the limit, above zero: the one set, or the time that was left of the call's own timeout} */
    public Duration limit() {
        return limit;
    }

    /**
     * Whether the work has returned a result all the same, which the caller gets instead of this exception. Then
     * only policies in between see it: it is never retried, and no caller gets it.
     *
     * @return false for every exception that reaches a caller
     */
    public boolean resultFollows() {
        return resultFollows;
    }

    @Override
    public String getMessage() {
        return "Call '" + name + "' took longer than " + text(limit)
                + (resultFollows ? "; its result came all the same." : ".");
    }

    /** {@code 2 s}, {@code 1.5 s}, {@code 50 ms}, {@code 29.387 ms}. */
    static String text(Duration time) {
        BigDecimal seconds = BigDecimal.valueOf(time.toSeconds()).add(BigDecimal.valueOf(time.toNanosPart(), 9));
        if (seconds.compareTo(BigDecimal.ONE) >= 0) {
            return rounded(seconds) + " s";
        }
        BigDecimal millis = seconds.movePointRight(3);
        return millis.compareTo(BigDecimal.ONE) >= 0
                ? rounded(millis) + " ms"
                : rounded(millis.movePointRight(3)) + " µs";
    }

    private static String rounded(BigDecimal number) {
        return number.setScale(DECIMALS, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}
