package io.mesh.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class FailureMatcherTest {

    @Test
    void aTypeMatchesItsSubtypesToo() {
        FailureMatcher matcher = new FailureMatcher(Set.of(IOException.class), null);

        assertThat(matcher.matches(new FileNotFoundException())).isTrue();
        assertThat(matcher.matches(new IllegalStateException())).isFalse();
    }

    @Test
    void theTestIsAskedForTheOthersOnly() {
        FailureMatcher matcher = new FailureMatcher(Set.of(IOException.class), failure -> {
            throw new IllegalStateException("asked");
        });

        assertThat(matcher.matches(new IOException())).isTrue();
        assertThat(catchThrowable(() -> matcher.matches(new RuntimeException())))
                .hasMessage("asked");
    }

    @Test
    void nothingNamedMatchesNothing() {
        assertThat(new FailureMatcher(Set.of(), null).isEmpty()).isTrue();
        assertThat(new FailureMatcher(Set.of(), null).matches(new IOException()))
                .isFalse();
        assertThat(new FailureMatcher(Set.of(), failure -> false).isEmpty()).isFalse();
        assertThat(new FailureMatcher(Set.of(IOException.class), null).isEmpty())
                .isFalse();
    }

    @Test
    void wrappersOfFuturesAreTakenOff() {
        IOException inside = new IOException(new RuntimeException("not a wrapper"));

        assertThat(FailureMatcher.unwrap(new CompletionException(new ExecutionException(inside))))
                .isSameAs(inside);
        assertThat(FailureMatcher.unwrap(inside)).isSameAs(inside);
    }

    @Test
    void aWrapperWithoutACauseIsWhatThereIs() {
        ExecutionException empty = new ExecutionException("empty", null);

        assertThat(FailureMatcher.unwrap(new CompletionException(empty))).isSameAs(empty);
    }

    @Test
    void aCycleOfWrappersEnds() {
        CompletionException a = new CompletionException("a") {
            private static final long serialVersionUID = 1L;
        };
        CompletionException b = new CompletionException("b", a);
        a.initCause(b);

        assertThat(FailureMatcher.unwrap(a)).isIn(a, b);
    }
}
