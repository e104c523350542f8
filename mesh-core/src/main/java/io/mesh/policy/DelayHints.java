package io.mesh.policy;

import io.mesh.model.DelayHint;
import io.mesh.model.RejectedCallException;
import io.mesh.time.Ticker;
import java.lang.System.Logger.Level;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * "Not before": the wait that a failure or a result asks for, by a {@link DelayHint} or by the header
 * {@code Retry-After} of a {@code java.net.http.HttpResponse} (RFC 9110, 10.2.3), in nanoseconds; 0 if it asks for none.
 * A hint that is zero, past or not readable is none. Never throws; thread-safe.
 */
public final class DelayHints {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int DEEPEST = 50; // cause chains may be cyclic
    private static final int MOST_DIGITS = 18; // more do not fit a long
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT);

    private DelayHints() {}

    /**
     * The hint of the first in the cause chain that has one.
     *
     * @param failure of an attempt
     * @return nanoseconds, or 0 if there is none
     */
    public static long ofFailure(Throwable failure) {
        try {
            DelayHint hint = find(failure);
            return hint == null ? 0 : nanos(hint);
        } catch (Throwable fault) {
            return none(failure, fault);
        }
    }

    /**
     * The same on behalf of whoever was called: not that of a rejection by Mesh itself, which speaks for somebody else.
     *
     * @param failure of an attempt
     * @return nanoseconds, or 0 if there is none
     */
    public static long ofInstance(Throwable failure) {
        try {
            DelayHint hint = find(failure);
            return hint == null || hint instanceof RejectedCallException ? 0 : nanos(hint);
        } catch (Throwable fault) {
            return none(failure, fault);
        }
    }

    private static @Nullable DelayHint find(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof DelayHint hint) {
                return hint;
            }
            cause = cause.getCause();
        }
        return null;
    }

    /**
     * The hint of a result.
     *
     * @param result of an attempt
     * @return nanoseconds, or 0 if there is none
     */
    public static long ofResult(@Nullable Object result) {
        try {
            if (result instanceof DelayHint hint) {
                return nanos(hint);
            }
            if (result instanceof HttpResponse<?> response) {
                return response.headers()
                        .firstValue("Retry-After")
                        .map(value -> nanos(value.strip()))
                        .orElse(0L);
            }
            return 0;
        } catch (Throwable fault) {
            return none(result, fault);
        }
    }

    private static long none(@Nullable Object source, Throwable fault) {
        LOG.log(Level.DEBUG, () -> "The delay hint of " + (source == null ? null : source.getClass()), fault);
        return 0;
    }

    private static long nanos(DelayHint hint) {
        return hint.retryAfter().map(Ticker::nanos).orElse(0L);
    }

    /** RFC 9110, 10.2.3: seconds, or a date in GMT. */
    private static long nanos(String retryAfter) {
        if (!retryAfter.isEmpty() && retryAfter.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return retryAfter.length() > MOST_DIGITS
                    ? Ticker.FOREVER
                    : Ticker.nanos(Duration.ofSeconds(Long.parseLong(retryAfter)));
        }
        try {
            Instant date = HTTP_DATE.parse(retryAfter, Instant::from);
            return Ticker.nanos(Duration.between(Instant.now(), date));
        } catch (DateTimeParseException notADate) {
            return 0;
        }
    }
}
