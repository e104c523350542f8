package io.mesh.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.CircuitOpenException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FallbackTest {

    private final Policy policy = new Passing("policy", new ArrayList<>());
    private final List<Throwable> asked = new ArrayList<>();
    private final Fallback.Guarded<String> guarded = Fallback.<String>to(failure -> {
                asked.add(failure);
                return "fallback";
            })
            .around(policy);
    private final IOException failure = new IOException("call");

    @Test
    void aCallThatGoesWellDoesNotAskIt() {
        assertThat(guarded.<RuntimeException>call(() -> "result")).isEqualTo("result");
        assertThat(guarded.callAsync(() -> CompletableFuture.completedFuture("result")))
                .isCompletedWithValue("result");
        assertThat(asked).isEmpty();
    }

    @Test
    void aFailedCallGetsItsAnswer() throws Exception {
        assertThat(guarded.call(() -> {
                    throw failure;
                }))
                .isEqualTo("fallback");
        assertThat(guarded.<IOException>callInterruptibly(() -> {
                    throw failure;
                }))
                .isEqualTo("fallback");
        assertThat(guarded.callAsync(() -> CompletableFuture.failedFuture(failure)))
                .isCompletedWithValue("fallback");
        assertThat(asked).containsExactly(failure, failure, failure);
    }

    @Test
    void itIsAskedWithWhatIsInsideTheWrappers() throws Exception {
        String result = guarded.call(() -> {
            throw new ExecutionException(new CompletionException(failure));
        });

        assertThat(result).isEqualTo("fallback");
        assertThat(asked).containsExactly(failure);
    }

    @Test
    void anInterruptIsTheCallersWishAndDoesNotAskIt() {
        InterruptedException interrupt = new InterruptedException();

        assertThat(catchThrowable(() -> guarded.callInterruptibly(() -> {
                    throw interrupt;
                })))
                .isSameAs(interrupt);
        assertThat(asked).isEmpty();
    }

    @Test
    void aFailureWithTheInterruptFlagSetDoesNotAskIt() {
        try {
            Throwable thrown = catchThrowable(() -> guarded.call(() -> {
                Thread.currentThread().interrupt();
                throw failure;
            }));

            assertThat(thrown).isSameAs(failure);
            assertThat(asked).isEmpty();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aVirtualMachineErrorDoesNotAskItWrappedOrNot() {
        OutOfMemoryError error = new OutOfMemoryError("not really");
        ExecutionException wrapped = new ExecutionException(error);

        assertThat(catchThrowable(() -> guarded.call(() -> {
                    throw error;
                })))
                .isSameAs(error);
        assertThat(catchThrowable(() -> guarded.call(() -> {
                    throw wrapped;
                })))
                .isSameAs(wrapped);
        assertThat(guarded.callAsync(() -> CompletableFuture.failedFuture(error))
                        .handle((value, thrown) -> thrown)
                        .join())
                .isSameAs(error);
        assertThat(asked).isEmpty();
    }

    @Test
    void otherErrorsAskIt() {
        assertThat(guarded.<RuntimeException>call(() -> {
                    throw new AssertionError();
                }))
                .isEqualTo("fallback");
    }

    @Test
    void itAnswersWhenTheCircuitIsOpenWhichIsNoFailureOfTheCall() {
        CircuitBreaker breaker = CircuitBreaker.of("payments", CircuitBreakerConfig.defaults());
        breaker.forceOpen();
        Fallback.Guarded<String> open = Fallback.<String>to(failure -> {
                    asked.add(failure);
                    return "fallback";
                })
                .around(breaker);

        assertThat(open.<RuntimeException>call(() -> "never")).isEqualTo("fallback");
        assertThat(open.callAsync(() -> CompletableFuture.completedFuture("never")))
                .isCompletedWithValue("fallback");

        assertThat(asked).hasSize(2).hasOnlyElementsOfType(CircuitOpenException.class);
        assertThat(breaker.snapshot().rejected()).isEqualTo(2);
        assertThat(breaker.snapshot().calls()).isZero();
    }

    @Test
    void aCancelledCallDoesNotAskItAndCancelsTheWork() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> call = guarded.callAsync(() -> stage);

        call.cancel(true);

        assertThat(call).isCancelled();
        assertThat(stage).isCancelled();
        assertThat(asked).isEmpty();
    }

    @Test
    void aResultThatComesAfterTheCancelIsClosed() {
        AtomicInteger closed = new AtomicInteger();
        CompletableFuture<AutoCloseable> stage = new CompletableFuture<>();
        CompletableFuture<AutoCloseable> call = Fallback.<AutoCloseable>to(thrown -> () -> {})
                .around(policy)
                .callAsync(() -> stage.minimalCompletionStage());
        call.cancel(true);

        stage.complete(closed::incrementAndGet);

        assertThat(closed).hasValue(1);
    }

    @Test
    void itsOwnFailureTakesThatOfTheCallAlong() {
        IllegalStateException own = new IllegalStateException("fallback");
        Fallback.Guarded<String> faulty = Fallback.<String>to(thrown -> {
                    throw own;
                })
                .around(policy);

        assertThat(catchThrowable(() -> faulty.call(() -> {
                    throw failure;
                })))
                .isSameAs(own)
                .hasSuppressedException(failure);
    }

    @Test
    void itsOwnFailureTakesThatOfTheCallAlongForStages() {
        IllegalStateException own = new IllegalStateException("fallback");
        CompletableFuture<String> call = Fallback.<String>to(thrown -> {
                    throw own;
                })
                .around(policy)
                .callAsync(() -> CompletableFuture.failedFuture(failure));

        assertThat(call.handle((value, thrown) -> thrown).join()).isSameAs(own).hasSuppressedException(failure);
    }

    @Test
    void aFallbackThatThrowsTheFailureOnAddsNothing() {
        IllegalStateException thrownByTheCall = new IllegalStateException(new IllegalArgumentException());

        assertThat(rethrown(thrownByTheCall, thrownByTheCall))
                .isSameAs(thrownByTheCall)
                .hasNoSuppressedExceptions();
        assertThat(rethrown(thrownByTheCall, new UnsupportedOperationException(thrownByTheCall)))
                .hasCause(thrownByTheCall)
                .hasNoSuppressedExceptions();
        assertThat(rethrown(thrownByTheCall, (RuntimeException) thrownByTheCall.getCause()))
                .hasNoSuppressedExceptions();
    }

    private Throwable rethrown(RuntimeException thrownByTheCall, RuntimeException thrownByTheFallback) {
        return catchThrowable(() -> Fallback.<String>to(thrown -> {
                    throw thrownByTheFallback;
                })
                .around(policy)
                .call(() -> {
                    throw thrownByTheCall;
                }));
    }
}
