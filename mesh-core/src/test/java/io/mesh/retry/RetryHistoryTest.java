package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.model.RetriesExhaustedException;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the last failure takes along of the earlier ones. */
class RetryHistoryTest {

    private final ManualClock clock = new ManualClock();

    @Test
    void ofManyFailuresTheFirstFiveAndTheLastFiveAreKept() {
        List<IOException> failures = IntStream.rangeClosed(1, 1_000)
                .mapToObj(n -> new IOException("" + n))
                .toList();

        Throwable thrown = fail(1_000, failures.toArray());

        assertThat(thrown).isSameAs(failures.get(999));
        assertThat(Arrays.stream(earlier(thrown)).map(Throwable::getMessage))
                .containsExactly("1", "2", "3", "4", "5", "995", "996", "997", "998", "999");
    }

    @Test
    void theSameObjectEachTimeGetsNothingAdded() {
        IOException shared = new IOException();

        assertThat(fail(5, shared)).isSameAs(shared).hasNoSuppressedExceptions();
    }

    @Test
    void anObjectThatComesBackIsSharedAndGetsNothingAdded() {
        IOException shared = new IOException("shared");

        assertThat(fail(3, shared, new IOException("other"), shared))
                .isSameAs(shared)
                .hasNoSuppressedExceptions();
    }

    @Test
    void anObjectIsSuppressedOnce() {
        IOException repeated = new IOException("repeated");
        IOException last = new IOException("last");

        assertThat(earlier(fail(4, repeated, repeated, repeated, last))).containsExactly(repeated);
    }

    @Test
    void whatTheLastFailureReachesAlreadyIsNotAddedAgain() {
        IOException cause = new IOException("cause");
        IOException suppressed = new IOException("suppressed");
        IllegalStateException last = new IllegalStateException("last", new IOException("between", cause));
        last.addSuppressed(suppressed);

        Throwable thrown = fail(3, cause, suppressed, last);

        assertThat(earlier(thrown)).containsExactly(suppressed); // its own
        assertThat(thrown.getSuppressed()).hasSize(2);
    }

    @Test
    void whatAnEarlierFailureReachesIsNotAddedBesideIt() {
        IOException cause = new IOException("cause");
        IllegalStateException outer = new IllegalStateException("outer", cause);
        IOException last = new IOException("last");

        assertThat(earlier(fail(3, outer, cause, last))).containsExactly(outer);
    }

    @Test
    void aFailureThatReachesTheLastOneIsLeftOutSoThatNoCycleArises() {
        IOException last = new IOException("last");
        IllegalStateException wrapper = new IllegalStateException("wrapper", last);

        Throwable thrown = fail(2, wrapper, last);

        assertThat(earlier(thrown)).isEmpty();
        assertThat(printed(thrown)).doesNotContain("CIRCULAR");
    }

    @Test
    void aCyclicFailureIsThrownAllTheSame() {
        IOException a = new IOException("a");
        IOException b = new IOException("b", a);
        a.initCause(b);
        IOException last = new IOException("last", b);

        assertThat(fail(3, new IOException("1"), a, last)).isSameAs(last);
    }

    @Test
    void aFailureWithSuppressionDisabledIsThrownAsItIs() {
        class Bare extends RuntimeException {
            private static final long serialVersionUID = 1L;

            Bare() {
                super("bare", null, false, false);
            }
        }
        Bare last = new Bare();

        assertThat(fail(2, new IOException(), last)).isSameAs(last).hasNoSuppressedExceptions();
    }

    @Test
    void aFailureThatDoesNotLetItselfBeReadIsThrownAllTheSame() {
        class Unreadable extends RuntimeException {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Throwable getCause() {
                throw new IllegalStateException("no cause for you");
            }
        }
        Unreadable last = new Unreadable();

        assertThat(fail(2, new IOException(), last)).isSameAs(last);
    }

    @Test
    void aFailureHandedOutAgainAndAgainDoesNotGrowForEver() {
        IOException shared = new IOException("shared");

        for (int call = 0; call < 100; call++) {
            RetryPolicy retry = policy(2, true);
            Throwable thrown = catchThrowable(() -> retry.call(new Script(new IOException("own"), shared)));
            assertThat(thrown).isSameAs(shared);
        }

        assertThat(shared.getSuppressed()).hasSizeLessThan(40);
    }

    @Test
    void aFailureThatIsNotRetriedTakesTheHistoryAlong() {
        IOException first = new IOException("1");
        AssertionError last = new AssertionError("not retried");

        Throwable thrown = fail(5, first, last);

        assertThat(thrown).isSameAs(last);
        assertThat(earlier(thrown)).containsExactly(first);
        assertThat(note(thrown).attempts()).isEqualTo(2);
    }

    @Test
    void theNoteHasNoStackTrace() {
        assertThat(note(fail(2, new IOException("1"), new IOException("2"))).getStackTrace())
                .isEmpty();
    }

    private Throwable fail(int maxAttempts, Object... failures) {
        return catchThrowable(() -> policy(maxAttempts, false).call(new Script(failures)));
    }

    private RetryPolicy policy(int maxAttempts, boolean nested) {
        return RetryPolicy.builder("payments")
                .config(RetryConfig.builder()
                        .maxAttempts(maxAttempts)
                        .initialDelay(Duration.ZERO)
                        .retryNested(nested)
                        .build())
                .sleeper(clock)
                .build();
    }

    private static Throwable[] earlier(Throwable thrown) {
        return Arrays.stream(thrown.getSuppressed())
                .filter(suppressed -> !(suppressed instanceof RetriesExhaustedException))
                .toArray(Throwable[]::new);
    }

    private static RetriesExhaustedException note(Throwable thrown) {
        Throwable[] suppressed = thrown.getSuppressed();
        return (RetriesExhaustedException) suppressed[suppressed.length - 1];
    }

    private static String printed(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
