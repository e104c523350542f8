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

        assertThat(defaults).isEqualTo(with(Set.of(), Set.of(), Set.of()));
        assertThat(defaults.failureThreshold()).isEqualTo(5);
        assertThat(defaults.successThreshold()).isEqualTo(2);
        assertThat(defaults.openTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(defaults.halfOpenMaxCalls()).isEqualTo(3);
        assertThat(defaults.window()).isNull();
        assertThat(CircuitBreakerConfig.builder().build()).isEqualTo(defaults);
    }

    @Test
    void everySettingSurvivesABuilder() {
        CircuitBreakerConfig config = CircuitBreakerConfig.builder()
                .failureThreshold(1)
                .successThreshold(7)
                .openTimeout(Duration.ofMillis(1))
                .halfOpenMaxCalls(1_000)
                .openTimeoutMultiplier(2)
                .maxOpenTimeout(Duration.ofSeconds(2))
                .openTimeoutJitter(0.5)
                .eagerHalfOpen(true)
                .trialTimeout(Duration.ofSeconds(3))
                .recoveryTime(Duration.ofSeconds(4))
                .stuckCallTimeout(Duration.ofSeconds(5))
                .window(WindowConfig.count(7))
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
        assertThat(config.openTimeoutMultiplier()).isEqualTo(2);
        assertThat(config.maxOpenTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.openTimeoutJitter()).isEqualTo(0.5);
        assertThat(config.eagerHalfOpen()).isTrue();
        assertThat(config.trialTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(config.recoveryTime()).isEqualTo(Duration.ofSeconds(4));
        assertThat(config.stuckCallTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.window()).isEqualTo(WindowConfig.count(7));
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
                () -> with(strings, Set.of(), Set.of()),
                "ignore must name classes of throwables, but is java.lang.String");
    }

    @Test
    void theSetsAreCopies() {
        Set<Class<? extends Throwable>> mine = new HashSet<>(Set.of(IOException.class));
        CircuitBreakerConfig config = with(mine, mine, mine);

        mine.clear();

        for (Set<Class<? extends Throwable>> kept :
                List.of(config.ignore(), config.recordSuccess(), config.recordFailure())) {
            assertThat(kept).containsExactly(IOException.class);
            assertThat(catchThrowable(kept::clear)).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void timesThatAreNotGivenFollowTheOpenTimeout() {
        CircuitBreakerConfig shorter = CircuitBreakerConfig.builder()
                .openTimeout(Duration.ofSeconds(1))
                .build();
        assertThat(shorter.trialTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(shorter.maxOpenTimeout()).isEqualTo(Duration.ofMinutes(5));

        CircuitBreakerConfig longer =
                shorter.toBuilder().openTimeout(Duration.ofHours(1)).build();
        assertThat(longer.trialTimeout()).isEqualTo(Duration.ofHours(1));
        assertThat(longer.maxOpenTimeout()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void openTimesOutOfRangeAreRefused() {
        CircuitBreakerConfig.Builder builder = CircuitBreakerConfig.builder();

        assertRefused(
                () -> builder.openTimeoutMultiplier(0.5).build(),
                "openTimeoutMultiplier must be 1 or more, but is 0.5");
        assertRefused(
                () -> builder.openTimeoutMultiplier(Double.NaN).build(),
                "openTimeoutMultiplier must be 1 or more, but is NaN");
        builder.openTimeoutMultiplier(1);
        assertRefused(
                () -> builder.maxOpenTimeout(Duration.ofSeconds(1)).build(),
                "maxOpenTimeout must be at least openTimeout, PT30S, but is PT1S");
        builder.maxOpenTimeout(null);
        assertRefused(
                () -> builder.openTimeoutJitter(1.1).build(), "openTimeoutJitter must be between 0 and 1, but is 1.1");
        builder.openTimeoutJitter(0);
        assertRefused(
                () -> builder.trialTimeout(Duration.ZERO).build(), "trialTimeout must be longer than 0, but is PT0S");
        builder.trialTimeout(null);
        assertRefused(
                () -> builder.recoveryTime(Duration.ofMillis(-1)).build(),
                "recoveryTime must be 0 or longer, but is PT-0.001S");
    }

    private static CircuitBreakerConfig with(
            Set<Class<? extends Throwable>> ignore,
            Set<Class<? extends Throwable>> recordSuccess,
            Set<Class<? extends Throwable>> recordFailure) {
        return new CircuitBreakerConfig(
                5,
                2,
                Duration.ofSeconds(30),
                1,
                Duration.ofMinutes(5),
                0,
                false,
                Duration.ofSeconds(30),
                Duration.ZERO,
                null,
                3,
                null,
                ignore,
                recordSuccess,
                recordFailure,
                null,
                null);
    }
}
