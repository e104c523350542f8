package io.mesh.circuitbreaker;

import io.mesh.model.CircuitOpenException;
import io.mesh.time.ManualClock;
import java.io.IOException;

/** Calls with a known end, for tests. */
final class Calls {

    private Calls() {}

    /** A call that succeeds; true if it was let through. */
    static boolean succeed(CircuitBreaker breaker) {
        return end(breaker, null);
    }

    /** A call that fails with an {@code IOException}; true if it was let through. */
    static boolean fail(CircuitBreaker breaker) {
        return end(breaker, new IOException("broken"));
    }

    static void fail(CircuitBreaker breaker, int times) {
        for (int i = 0; i < times; i++) {
            fail(breaker);
        }
    }

    /** A call that ends as told; true if it was let through. */
    static boolean end(CircuitBreaker breaker, Throwable failure) {
        try {
            breaker.<String, Throwable>call(() -> {
                if (failure != null) {
                    throw failure;
                }
                return "fine";
            });
            return true;
        } catch (CircuitOpenException rejected) {
            return false;
        } catch (Throwable thrown) {
            if (thrown != failure) {
                throw new AssertionError("the caller got something else", thrown);
            }
            return true;
        }
    }

    /** Opens a closed breaker and waits for the end of its open time. */
    static void openAndWait(CircuitBreaker breaker, ManualClock clock) {
        fail(breaker, breaker.config().failureThreshold());
        clock.advance(breaker.config().openTimeout());
    }
}
