package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.event.MeshEvent;
import io.mesh.event.MeshEvent.RetriesEnded;
import io.mesh.model.DelayHint;
import io.mesh.model.Jitter;
import io.mesh.model.RetryConfig;
import io.mesh.time.ManualClock;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.Test;

/** Failures and results that say when to try again. */
class RetryHintTest {

    private final ManualClock clock = new ManualClock();
    private final List<MeshEvent> events = new ArrayList<>();

    @Test
    void aHintIsALowerBoundPlusALittleJitter() {
        for (int call = 0; call < 100; call++) {
            Duration wait = firstWait(RetryConfig.builder(), new Busy(Duration.ofSeconds(2)));

            assertThat(wait).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_100));
        }
        assertThat(clock.sleeps().stream().distinct().count()).isGreaterThan(50);
    }

    @Test
    void theJitterOfAHintIsATenthOfItAtMost() {
        RetryConfig.Builder config = RetryConfig.builder().initialDelay(Duration.ofSeconds(5));

        assertThat(firstWait(config, new Busy(Duration.ofMillis(100))))
                .isBetween(Duration.ofMillis(100), Duration.ofMillis(110));
    }

    @Test
    void aHintTooLongMeansGivingUpNow() {
        Busy busy = new Busy(Duration.ofMinutes(2));
        Script work = new Script(busy, "well");

        assertThat(catchThrowable(() -> policy(RetryConfig.builder()).call(work)))
                .isSameAs(busy);

        assertThat(work.attempts()).isEqualTo(1);
        assertThat(clock.sleeps()).isEmpty();
        assertThat(events).containsExactly(new RetriesEnded("payments", 1, "the wait asked for is too long", busy));
    }

    @Test
    void aHintOfExactlyTheLongestIsHonoured() {
        assertThat(firstWait(RetryConfig.builder(), new Busy(Duration.ofSeconds(5))))
                .isBetween(Duration.ofSeconds(5), Duration.ofMillis(5_100));
        assertThat(catchThrowable(() -> policy(RetryConfig.builder())
                        .call(new Script(new Busy(Duration.ofSeconds(5).plusNanos(1)), "well"))))
                .isInstanceOf(Busy.class);
    }

    @Test
    void aHintBeyondTheTimeLeftMeansGivingUpNow() {
        RetryConfig.Builder config = RetryConfig.builder().maxDuration(Duration.ofSeconds(1));
        Busy busy = new Busy(Duration.ofSeconds(2));

        assertThat(catchThrowable(() -> policy(config).call(new Script(busy, "well"))))
                .isSameAs(busy);

        assertThat(clock.sleeps()).isEmpty();
    }

    @Test
    void anEndlessHintIsTooLongAndDoesNotOverflow() {
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        Attempts unlimited = policy(RetryConfig.builder().maxHint(endless)).attempts(0, Long.MAX_VALUE / 2);

        assertThat(catchThrowable(() -> policy(RetryConfig.builder()).call(new Script(new Busy(endless), "well"))))
                .isInstanceOf(Busy.class);
        assertThat(unlimited.delayAfter(new Busy(endless))).isEqualTo(Long.MAX_VALUE / 2);
    }

    @Test
    void aHintThatSaysNothingLeavesTheComputedWait() {
        for (Throwable failure : List.of(
                new Busy(null),
                new Busy(Duration.ZERO),
                new Busy(Duration.ofSeconds(-5)),
                new Busy(Duration.ofSeconds(Long.MIN_VALUE)))) {
            assertThat(firstWait(RetryConfig.builder().jitter(Jitter.NONE), failure))
                    .isEqualTo(Duration.ofMillis(100));
        }
    }

    @Test
    void aHintThatThrowsIsNone() {
        class Faulty extends RuntimeException implements DelayHint {
            private static final long serialVersionUID = 1L;

            @Override
            public Optional<Duration> retryAfter() {
                throw new IllegalStateException("in the hint");
            }
        }

        assertThat(firstWait(RetryConfig.builder().jitter(Jitter.NONE), new Faulty()))
                .isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void theHintOfACauseIsHeard() {
        Throwable wrapped = new IllegalStateException(new RuntimeException(new Busy(Duration.ofSeconds(2))));

        assertThat(firstWait(RetryConfig.builder(), wrapped))
                .isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_100));
    }

    @Test
    void theHintOfAResultIsHeard() {
        record Later(Optional<Duration> retryAfter) implements DelayHint {}
        Later later = new Later(Optional.of(Duration.ofSeconds(2)));

        assertThat(firstWait(RetryConfig.builder().retryOnResult(Later.class, result -> true), later))
                .isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_100));
    }

    @Test
    void retryAfterInSecondsIsHeard() {
        assertThat(waitAfterResponse("2")).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_100));
        assertThat(waitAfterResponse(" 2 ")).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_100));
    }

    @Test
    void retryAfterAsADateIsHeard() {
        ZonedDateTime date = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(4);

        assertThat(waitAfterResponse(DateTimeFormatter.RFC_1123_DATE_TIME.format(date)))
                .isBetween(Duration.ofMillis(500), Duration.ofMillis(4_100));
    }

    @Test
    void retryAfterThatIsPastOrNotReadableLeavesTheComputedWait() {
        for (String value : List.of("0", "-5", "abc", "", "1.5", "Wed, 21 Oct 2015 07:28:00 GMT", "٣")) {
            assertThat(waitAfterResponse(value)).as(value).isEqualTo(Duration.ofMillis(100));
        }
    }

    @Test
    void retryAfterWithMoreDigitsThanANumberHoldsIsTooLong() throws Exception {
        Response response = new Response("99999999999999999999999");
        Script work = new Script(response);

        assertThat(policy(RetryConfig.builder().retryOnResult(Response.class, result -> true))
                        .call(work))
                .isSameAs(response);

        assertThat(work.attempts()).isEqualTo(1);
    }

    private Duration waitAfterResponse(String retryAfter) {
        return firstWait(
                RetryConfig.builder().jitter(Jitter.NONE).retryOnResult(Response.class, result -> true),
                new Response(retryAfter));
    }

    private Duration firstWait(RetryConfig.Builder config, Object first) {
        int before = clock.sleeps().size();
        assertThat(catchThrowable(() -> policy(config).call(new Script(first, "well"))))
                .isNull();
        assertThat(clock.sleeps()).hasSize(before + 1);
        return clock.sleeps().get(before);
    }

    private RetryPolicy policy(RetryConfig.Builder config) {
        return RetryPolicy.builder("payments")
                .config(config.build())
                .ticker(clock)
                .sleeper(clock)
                .listener(events::add)
                .build();
    }

    private static final class Busy extends RuntimeException implements DelayHint {
        private static final long serialVersionUID = 1L;

        private final Duration retryAfter;

        Busy(Duration retryAfter) {
            this.retryAfter = retryAfter;
        }

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.ofNullable(retryAfter);
        }
    }

    private record Response(String retryAfter) implements HttpResponse<String> {

        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of("retry-after", List.of(retryAfter)), (name, value) -> true);
        }

        @Override
        public int statusCode() {
            return 503;
        }

        @Override
        public HttpRequest request() {
            return HttpRequest.newBuilder(uri()).build();
        }

        @Override
        public Optional<HttpResponse<String>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public String body() {
            return "";
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return URI.create("http://localhost/");
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }
}
