package io.mesh.circuitbreaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.BreakerSnapshot;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitState;
import io.mesh.model.NoHealthyInstanceException;
import io.mesh.time.ManualClock;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClassificationTest {

    private final ManualClock clock = new ManualClock();
    private final Logger logger = Logger.getLogger("io.mesh");
    private final List<LogRecord> warnings = new ArrayList<>();
    private final Handler recorder = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                warnings.add(entry);
            }
        }

        @Override
        public void flush() {
            // nothing is buffered
        }

        @Override
        public void close() {
            // nothing is held
        }
    };

    @BeforeEach
    void listen() {
        logger.addHandler(recorder);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(recorder);
        logger.setUseParentHandlers(true);
    }

    @Test
    void whetherAThrowableIsAnAnswerCanBeAskedWithoutCountingIt() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .ignore(FileNotFoundException.class)
                .recordSuccess(IOException.class)
                .build());

        assertThat(breaker.isAnswer(new IOException())).isTrue();
        assertThat(breaker.isAnswer(new CompletionException(new IOException()))).isTrue();
        assertThat(breaker.isAnswer(new FileNotFoundException())).isFalse();
        assertThat(breaker.isAnswer(new InterruptedException())).isFalse();
        assertThat(breaker.isAnswer(new IllegalStateException())).isFalse();
        assertThat(breaker.snapshot().calls()).isZero();
    }

    @Test
    void successesAreToldAloneAsTheSnapshotTellsThem() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .ignore(FileNotFoundException.class)
                .recordSuccess(IOException.class)
                .build());
        breaker.tryAcquire().success();
        breaker.tryAcquire().result("well");
        breaker.tryAcquire().failure(new IOException());
        breaker.tryAcquire().failure(new IllegalStateException());
        breaker.tryAcquire().failure(new FileNotFoundException());
        breaker.tryAcquire().release();

        assertThat(breaker.successes())
                .isEqualTo(breaker.snapshot().succeeded())
                .isEqualTo(3);
    }

    @Test
    void everyThrowableIsAFailureIfNothingElseIsSaid() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());

        assertFailure(breaker, new IOException());
        assertFailure(breaker, new IllegalStateException());
        assertFailure(breaker, new AssertionError());
        assertFailure(breaker, new NoClassDefFoundError());
    }

    @Test
    void anInterruptIsNoEvidenceButItsLookAlikesAreFailures() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());

        assertIgnored(breaker, new InterruptedException());
        assertFailure(breaker, new InterruptedIOException());
        assertFailure(breaker, new SocketTimeoutException());
    }

    @Test
    void aCancellationThatWeDidNotCauseIsAFailure() {
        assertFailure(breaker(CircuitBreakerConfig.defaults()), new CancellationException());
    }

    @Test
    void troubleOfOurOwnVirtualMachineIsNoEvidence() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());

        assertIgnored(breaker, new StackOverflowError());
        assertIgnored(breaker, new OutOfMemoryError());
    }

    @Test
    void rejectionsByTheMeshAreNoEvidenceEvenIfNamedAsFailures() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordFailure(RuntimeException.class)
                .build());

        assertIgnored(breaker, breaker(CircuitBreakerConfig.defaults()).rejection());
        assertIgnored(breaker, new NoHealthyInstanceException("orders", 3, 2, 0, 1, false));
    }

    @Test
    void ignoreComesBeforeSuccessAndSuccessBeforeFailure() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordFailure(FileNotFoundException.class, SocketTimeoutException.class)
                .recordSuccess(IOException.class)
                .ignore(SocketTimeoutException.class)
                .build());

        assertIgnored(breaker, new SocketTimeoutException());
        assertSuccess(breaker, new FileNotFoundException()); // though failure names a more special class
    }

    @Test
    void onceFailuresAreNamedAllOthersAreAnswers() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordFailure(SocketTimeoutException.class)
                .recordFailureIf(failure -> "broken".equals(failure.getMessage()))
                .build());

        assertFailure(breaker, new SocketTimeoutException());
        assertFailure(breaker, new IllegalStateException("broken"));
        assertSuccess(breaker, new IllegalStateException("not found"));
    }

    @Test
    void theWrappersOfFuturesAreLookedThrough() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .ignore(FileNotFoundException.class)
                .build());

        assertIgnored(breaker, new CompletionException(new ExecutionException(new FileNotFoundException())));
        assertIgnored(breaker, new ExecutionException(new InterruptedException()));
        assertFailure(breaker, new CompletionException(new IOException()));
        assertThat(breaker.snapshot().lastFailures())
                .extracting(BreakerSnapshot.Failure::type)
                .containsExactly("java.io.IOException");
    }

    @Test
    void aCauseChainThatGoesInCirclesEnds() {
        RuntimeException a = new CompletionException("a") {};
        RuntimeException b = new CompletionException("b", a);
        a.initCause(b);

        assertFailure(breaker(CircuitBreakerConfig.defaults()), a);
    }

    @Test
    void aThrowableThatCannotBeLookedIntoIsAFailure() {
        assertFailure(breaker(CircuitBreakerConfig.defaults()), new Opaque());
    }

    @Test
    void aTestThatThrowsMakesTheCallAFailureAndTheCallerGetsItsOwnException() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordFailureIf(failure -> {
                    throw new ClassCastException("the test");
                })
                .build());
        Calls.fail(breaker, 4);
        IOException own = new IOException();

        assertThatThrownBy(() -> breaker.run(() -> {
                    throw own;
                }))
                .isSameAs(own)
                .hasNoSuppressedExceptions();

        assertThat(breaker.state()).isEqualTo(CircuitState.OPEN);
    }

    @Test
    void aTestThatThrowsInATrialCallOpensTheCircuitAndIsLoggedOnce() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordFailureIf(failure -> {
                    throw new ClassCastException("the test");
                })
                .build());
        breaker.reconfigure(CircuitBreakerConfig.defaults());
        Calls.openAndWait(breaker, clock);
        breaker.reconfigure(CircuitBreakerConfig.builder()
                .recordFailureIf(failure -> {
                    throw new ClassCastException("the test");
                })
                .build());

        assertThat(Calls.fail(breaker)).isTrue();

        assertThat(breaker.state()).isEqualTo(CircuitState.OPEN);
        assertThat(warnings).hasSize(1);
        assertThat(warnings.get(0).getThrown()).isInstanceOf(ClassCastException.class);
    }

    @Test
    void aTestThatKeepsThrowingIsLoggedOnceAMinute() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .failureThreshold(10_000)
                .recordFailureIf(failure -> {
                    throw new ClassCastException("the test");
                })
                .build());

        Calls.fail(breaker, 1_000);
        assertThat(warnings).hasSize(1);
        clock.advance(Duration.ofMinutes(1));
        Calls.fail(breaker, 1_000);

        assertThat(warnings).hasSize(2);
    }

    @Test
    void aResultCanBeAFailureAndIsReturnedAllTheSame() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordFailureResult(Integer.class, status -> status >= 500)
                .build());

        assertThat(breaker.<Integer, RuntimeException>call(() -> 503)).isEqualTo(503);
        assertThat(breaker.<Integer, RuntimeException>call(() -> 404)).isEqualTo(404);
        assertThat(breaker.<String, RuntimeException>call(() -> "503")).isEqualTo("503");
        assertThat(breaker.<Integer, RuntimeException>call(() -> null)).isNull();

        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        assertThat(breaker.snapshot().succeeded()).isEqualTo(3);
        assertThat(breaker.snapshot().lastFailures())
                .extracting(BreakerSnapshot.Failure::type)
                .containsExactly("java.lang.Integer");
    }

    @Test
    void aResultTestThatThrowsMakesTheCallAFailureAndTheCallerStillGetsTheResult() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordFailureResult(String.class, result -> {
                    throw new ClassCastException("the test");
                })
                .build());

        assertThat(breaker.<String, RuntimeException>call(() -> "fine")).isEqualTo("fine");

        assertThat(breaker.snapshot().failed()).isEqualTo(1);
        assertThat(warnings).hasSize(1);
    }

    @Test
    void anHttpResponseOf500OrMoreIsAFailureWithoutBeingNamed() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());
        breaker.call(() -> "another type of result first");

        assertThat(breaker.<HttpResponse<String>, RuntimeException>call(() -> new Response(500))
                        .statusCode())
                .isEqualTo(500);
        breaker.call(() -> new Response(503));
        breaker.call(() -> new Response(499));
        breaker.call(() -> new Response(200));

        assertThat(breaker.snapshot().failed()).isEqualTo(2);
        assertThat(breaker.snapshot().succeeded()).isEqualTo(3);
    }

    @Test
    void anHttpResponseOf500OrMoreIsAFailureBesideAResultRuleOfOnesOwn() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.builder()
                .recordFailureResult(HttpResponse.class, response -> response.statusCode() == 429)
                .build());

        breaker.call(() -> new Response(503));
        breaker.call(() -> new Response(429));
        breaker.call(() -> new Response(200));

        assertThat(breaker.snapshot().failed()).isEqualTo(2);
    }

    @Test
    void aTrialThatReturnsAServerErrorOpensTheCircuit() {
        CircuitBreaker breaker = breaker(CircuitBreakerConfig.defaults());
        Calls.openAndWait(breaker, clock);

        breaker.call(() -> new Response(503));

        assertThat(breaker.state()).isEqualTo(CircuitState.OPEN);
    }

    private CircuitBreaker breaker(CircuitBreakerConfig config) {
        return CircuitBreaker.of("payments", config, clock);
    }

    private static void assertFailure(CircuitBreaker breaker, Throwable thrown) {
        BreakerSnapshot before = breaker.snapshot();
        Calls.end(breaker, thrown);
        assertThat(breaker.snapshot().failed()).isEqualTo(before.failed() + 1);
        assertThat(breaker.snapshot().calls()).isEqualTo(before.calls() + 1);
    }

    private static void assertIgnored(CircuitBreaker breaker, Throwable thrown) {
        BreakerSnapshot before = breaker.snapshot();
        assertThatThrownBy(() -> breaker.<RuntimeException>run(() -> sneak(thrown)))
                .isSameAs(thrown);
        assertThat(breaker.snapshot().ignored()).isEqualTo(before.ignored() + 1);
        assertThat(breaker.snapshot().calls()).isEqualTo(before.calls() + 1);
    }

    private static void assertSuccess(CircuitBreaker breaker, Throwable thrown) {
        BreakerSnapshot before = breaker.snapshot();
        Calls.end(breaker, thrown);
        assertThat(breaker.snapshot().succeeded()).isEqualTo(before.succeeded() + 1);
        assertThat(breaker.snapshot().calls()).isEqualTo(before.calls() + 1);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // throws whatever it is given
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    private static final class Opaque extends RuntimeException {

        private static final long serialVersionUID = 1L;

        @Override
        public synchronized Throwable getCause() {
            throw new UnsupportedOperationException();
        }
    }

    private record Response(int statusCode) implements HttpResponse<String> {

        @Override
        public HttpRequest request() {
            return HttpRequest.newBuilder(uri()).build();
        }

        @Override
        public Optional<HttpResponse<String>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of(), (name, value) -> true);
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
