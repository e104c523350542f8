package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CallOptions;
import io.mesh.model.RejectedCallException;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** With nothing but {@code retry} configured, a call that may have reached its backend is not made twice. */
class SafetyByDefaultTest {

    private static final int CALLS = 100_000;

    private final ManualClock clock = new ManualClock();
    private final RandomGenerator random = new Random(3);
    private final Mesh mesh = Mesh.builder()
            .ticker(clock)
            .sleeper(clock)
            .scheduler(clock)
            .random(random)
            .service("payments", s -> s.instances("a:1", "b:1", "c:1").retry(RetryConfig.defaults()))
            .build();
    private final ServiceProxy payments = mesh.service("payments");
    private final byte[] reached = new byte[CALLS];
    private int repeated;
    private int failures;

    /** One attempt: fails before the backend is reached, after it, or not at all. */
    private void pay(int call) throws IOException {
        int fate = random.nextInt(10);
        if (fate < 2) {
            throw new ConnectException("refused");
        }
        reached[call]++;
        if (fate < 3) {
            throw new SocketTimeoutException("no answer");
        }
        if (fate < 4) {
            throw new IOException("connection reset");
        }
        if (fate < 5) {
            throw new IllegalStateException("500");
        }
    }

    private void assertNobodyPaidTwice() {
        int once = 0;
        for (int i = 0; i < CALLS; i++) {
            if (reached[i] > 1) {
                throw new AssertionError("call " + i + " reached a backend " + reached[i] + " times");
            }
            once += reached[i];
        }
        assertThat(once).isGreaterThan(CALLS / 2);
        assertThat(repeated).isGreaterThan(CALLS / 100);
    }

    @Test
    void ofHundredThousandCallsThatAreNotKnownToBeIdempotentNoneReachesABackendTwice() {
        for (int i = 0; i < CALLS; i++) {
            int call = i;
            int[] attempts = new int[1];
            clock.advance(Duration.ofMillis(1));
            try {
                payments.run(instance -> {
                    attempts[0]++;
                    pay(call);
                });
            } catch (IOException | IllegalStateException | RejectedCallException failed) {
                failures++;
            }
            repeated += attempts[0] - 1;
        }

        assertThat(failures).isBetween(CALLS / 10, CALLS / 2);
        assertNobodyPaidTwice();
    }

    @Test
    void norOfHundredThousandAsynchronousCalls() {
        for (int i = 0; i < CALLS; i++) {
            int call = i;
            int[] attempts = new int[1];
            CompletableFuture<Void> paid = payments.callAsync(CallOptions.defaults(), instance -> {
                attempts[0]++;
                pay(call);
                return CompletableFuture.completedFuture(null);
            });
            clock.advance(Duration.ofSeconds(1));
            if (!paid.isDone()) {
                throw new AssertionError("call " + i + " has not ended");
            }
            repeated += Math.max(0, attempts[0] - 1);
        }

        assertNobodyPaidTwice();
    }
}
