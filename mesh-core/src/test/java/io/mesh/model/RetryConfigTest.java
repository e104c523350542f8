package io.mesh.model;

import static io.mesh.model.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetryConfigTest {

    @Test
    void theDefaultsAreThoseOfTheDesign() {
        RetryConfig defaults = RetryConfig.defaults();

        assertThat(defaults.maxAttempts()).isEqualTo(3);
        assertThat(defaults.initialDelay()).isEqualTo(Duration.ofMillis(100));
        assertThat(defaults.multiplier()).isEqualTo(2.0);
        assertThat(defaults.maxDelay()).isEqualTo(Duration.ofSeconds(5));
        assertThat(defaults.jitter()).isEqualTo(Jitter.FULL);
        assertThat(defaults.maxDuration()).isNull();
        assertThat(defaults.attemptTimeout()).isNull();
        assertThat(defaults.lateResult()).isEqualTo(LateResult.RETURN);
        assertThat(defaults.maxHint()).isEqualTo(Duration.ofSeconds(5));
        assertThat(defaults.retryOn()).isEmpty();
        assertThat(defaults.abortOn()).isEmpty();
        assertThat(defaults.retryIf()).isNull();
        assertThat(defaults.retryOnResult()).isNull();
        assertThat(defaults.retryNested()).isFalse();
        assertThat(defaults.budget()).isNull();
        assertThat(RetryConfig.builder().build()).isEqualTo(defaults);
    }

    @Test
    void everySettingSurvivesABuilder() {
        RetryConfig config = RetryConfig.builder()
                .maxAttempts(1_000_000)
                .initialDelay(Duration.ZERO)
                .multiplier(1.0)
                .maxDelay(Duration.ofSeconds(Long.MAX_VALUE))
                .jitter(Jitter.NONE)
                .maxDuration(Duration.ofNanos(1))
                .attemptTimeout(Duration.ofSeconds(2))
                .lateResult(LateResult.FAIL)
                .maxHint(Duration.ZERO)
                .retryOn(IOException.class)
                .abortOn(Error.class)
                .retryIf(failure -> true)
                .retryOnResult(String.class, String::isEmpty)
                .retryNested(true)
                .budget(RetryBudgetConfig.none())
                .build();

        assertThat(config.toBuilder().build()).isEqualTo(config).hasSameHashCodeAs(config);
        assertThat(config.maxAttempts()).isEqualTo(1_000_000);
        assertThat(config.initialDelay()).isZero();
        assertThat(config.multiplier()).isEqualTo(1.0);
        assertThat(config.maxDelay()).isEqualTo(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(config.jitter()).isEqualTo(Jitter.NONE);
        assertThat(config.maxDuration()).isEqualTo(Duration.ofNanos(1));
        assertThat(config.attemptTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.lateResult()).isEqualTo(LateResult.FAIL);
        assertThat(config.maxHint()).isZero();
        assertThat(config.retryOn()).containsExactly(IOException.class);
        assertThat(config.abortOn()).containsExactly(Error.class);
        assertThat(config.retryIf()).isNotNull();
        assertThat(config.retryOnResult().matches("")).isTrue();
        assertThat(config.retryNested()).isTrue();
    }

    @Test
    void theLongestHintFollowsTheLongestWaitUnlessItIsGiven() {
        RetryConfig longer =
                RetryConfig.builder().maxDelay(Duration.ofSeconds(60)).build();
        RetryConfig shorter =
                RetryConfig.builder().maxDelay(Duration.ofSeconds(1)).build();
        RetryConfig given = RetryConfig.builder()
                .maxDelay(Duration.ofSeconds(60))
                .maxHint(Duration.ofSeconds(7))
                .build();

        assertThat(longer.maxHint()).isEqualTo(Duration.ofSeconds(60));
        assertThat(shorter.maxHint()).isEqualTo(Duration.ofSeconds(5));
        assertThat(given.maxHint()).isEqualTo(Duration.ofSeconds(7));
        assertThat(longer.toBuilder().maxDelay(Duration.ofSeconds(90)).build().maxHint())
                .isEqualTo(Duration.ofSeconds(90));
        assertThat(given.toBuilder().maxDelay(Duration.ofSeconds(90)).build().maxHint())
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(given.toBuilder().maxHint(null).build().maxHint()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void whatIsOutOfRangeIsRefused() {
        assertRefused(
                () -> RetryConfig.builder().maxAttempts(0).build(),
                "maxAttempts must be between 1 (no retry) and 1000000, but is 0");
        assertRefused(
                () -> RetryConfig.builder().maxAttempts(1_000_001).build(),
                "maxAttempts must be between 1 (no retry) and 1000000, but is 1000001");
        assertRefused(
                () -> RetryConfig.builder().initialDelay(Duration.ofMillis(-1)).build(),
                "initialDelay must be 0 or longer, but is PT-0.001S");
        assertRefused(
                () -> RetryConfig.builder().initialDelay(Duration.ofSeconds(6)).build(),
                "initialDelay must not be longer than maxDelay (PT5S), but is PT6S");
        assertRefused(
                () -> RetryConfig.builder().maxDelay(Duration.ZERO).build(),
                "maxDelay must be longer than 0, but is PT0S");
        assertRefused(
                () -> RetryConfig.builder().maxDuration(Duration.ZERO).build(),
                "maxDuration must be longer than 0, but is PT0S");
        assertRefused(
                () -> RetryConfig.builder().attemptTimeout(Duration.ZERO).build(),
                "attemptTimeout must be longer than 0, but is PT0S");
        assertRefused(
                () -> RetryConfig.builder().maxHint(Duration.ofSeconds(-1)).build(),
                "maxHint must be 0 or longer, but is PT-1S");
    }

    @Test
    void aMultiplierBelowOneOrThatIsNoNumberIsRefused() {
        for (double multiplier : new double[] {0.5, 0.0, -2.0, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertRefused(
                    () -> RetryConfig.builder().multiplier(multiplier).build(),
                    "multiplier must be 1.0 or more, but is " + multiplier);
        }
        assertThat(RetryConfig.builder().multiplier(1e300).build().multiplier()).isEqualTo(1e300);
    }

    @Test
    void whatIsMissingIsRefused() {
        assertRefused(() -> RetryConfig.builder().jitter(null).build(), "jitter must be given, but is null");
        assertRefused(
                () -> RetryConfig.builder().initialDelay(null).build(), "initialDelay must be given, but is null");
        assertRefused(() -> RetryConfig.builder().lateResult(null).build(), "lateResult must be given, but is null");
    }

    @Test
    void theSetsAreCopies() {
        Set<Class<? extends Throwable>> mine = new HashSet<>(Set.of(IOException.class));
        RetryConfig config = new RetryConfig(
                3,
                Duration.ZERO,
                2.0,
                Duration.ofSeconds(5),
                Jitter.FULL,
                null,
                null,
                LateResult.RETURN,
                Duration.ofSeconds(5),
                mine,
                mine,
                null,
                null,
                false,
                null);

        mine.clear();

        assertThat(config.retryOn()).containsExactly(IOException.class);
        assertThat(config.abortOn()).containsExactly(IOException.class);
        assertThat(catchThrowable(() -> config.retryOn().clear())).isInstanceOf(UnsupportedOperationException.class);
        assertThat(catchThrowable(() -> config.abortOn().clear())).isInstanceOf(UnsupportedOperationException.class);
    }
}
