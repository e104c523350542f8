package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CircuitBreakerConfigTest {

    @Test
    void theDefaultsAreThoseOfTheSpecification() {
        CircuitBreakerConfig defaults = CircuitBreakerConfig.defaults();

        assertThat(defaults)
                .isEqualTo(new CircuitBreakerConfig(
                        5, 2, Duration.ofSeconds(30), 3, Set.of(), Set.of(), Set.of(), null, null));
        assertThat(CircuitBreakerConfig.builder().build()).isEqualTo(defaults);
    }

    @Test
    void everySettingSurvivesABuilder() {
        CircuitBreakerConfig config = CircuitBreakerConfig.builder()
                .failureThreshold(1)
                .successThreshold(7)
                .openTimeout(Duration.ofMillis(1))
                .halfOpenMaxCalls(1_000)
                .ignore(FileNotFoundException.class)
                .recordSuccess(IllegalStateException.class)
                .recordFailure(IOException.class, Error.class)
                .recordFailureIf(failure -> true)
                .recordFailureResult(String.class, String::isEmpty)
                .build();

        assertThat(config.toBuilder().build()).isEqualTo(config).hasSameHashCodeAs(config);
        assertThat(config.failureThreshold()).isEqualTo(1);
        assertThat(config.successThreshold()).isEqualTo(7);
        assertThat(config.openTimeout()).isEqualTo(Duration.ofMillis(1));
        assertThat(config.halfOpenMaxCalls()).isEqualTo(1_000);
        assertThat(config.ignore()).containsExactly(FileNotFoundException.class);
        assertThat(config.recordSuccess()).containsExactly(IllegalStateException.class);
        assertThat(config.recordFailure()).containsExactlyInAnyOrder(IOException.class, Error.class);
        assertThat(config.recordFailureIf()).isNotNull();
        assertThat(config.recordFailureResult().matches("")).isTrue();
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        CircuitBreakerConfig.Builder builder = CircuitBreakerConfig.builder();

        assertRefused(() -> builder.failureThreshold(0).build(), "failureThreshold must be 1 or more, but is 0");
        builder.failureThreshold(1);
        assertRefused(() -> builder.successThreshold(-1).build(), "successThreshold must be 1 or more, but is -1");
        builder.successThreshold(1);
        assertRefused(
                () -> builder.openTimeout(Duration.ZERO).build(), "openTimeout must be longer than 0, but is PT0S");
        assertRefused(() -> builder.openTimeout(null).build(), "openTimeout must be given, but is null");
        builder.openTimeout(Duration.ofNanos(1));
        assertRefused(
                () -> builder.halfOpenMaxCalls(0).build(), "halfOpenMaxCalls must be between 1 and 1000, but is 0");
        assertRefused(
                () -> builder.halfOpenMaxCalls(1_001).build(),
                "halfOpenMaxCalls must be between 1 and 1000, but is 1001");
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"}) // as configuration read at run time may do
    void aClassThatIsNoThrowableIsRefused() {
        Set<Class<? extends Throwable>> strings = (Set) Set.of(String.class);

        assertRefused(
                () -> new CircuitBreakerConfig(
                        5, 2, Duration.ofSeconds(30), 3, strings, Set.of(), Set.of(), null, null),
                "ignore must name classes of throwables, but is java.lang.String");
    }

    @Test
    void theSetsAreCopies() {
        Set<Class<? extends Throwable>> mine = new HashSet<>(Set.of(IOException.class));
        CircuitBreakerConfig config =
                new CircuitBreakerConfig(5, 2, Duration.ofSeconds(30), 3, mine, mine, mine, null, null);

        mine.clear();

        for (Set<Class<? extends Throwable>> kept :
                List.of(config.ignore(), config.recordSuccess(), config.recordFailure())) {
            assertThat(kept).containsExactly(IOException.class);
            assertThat(catchThrowable(kept::clear)).isInstanceOf(UnsupportedOperationException.class);
        }
    }
}
