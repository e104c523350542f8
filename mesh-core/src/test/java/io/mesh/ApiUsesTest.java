package io.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.model.CallOptions;
import io.mesh.model.CircuitBreakerConfig;
import io.mesh.model.RetryConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.TimeoutConfig;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.Fallback;
import io.mesh.policy.Policy;
import io.mesh.policy.Timeout;
import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import io.mesh.retry.RetryPolicy;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * The uses a reader will think of first, as they would be typed: each compiles without a cast, without an
 * unwanted {@code catch}, and without a warning. The compiler is the test; the assertions only make sure that
 * the work was done.
 */
class ApiUsesTest {

    private final CircuitBreaker breaker = CircuitBreaker.of("payments", CircuitBreakerConfig.defaults());
    private final RetryPolicy retry = RetryPolicy.of("payments", RetryConfig.defaults());
    private final ServiceProxy orders = Mesh.builder()
            .service("orders", s -> s.instances("localhost:8081"))
            .build()
            .service("orders");
    private final List<String> done = new ArrayList<>();

    private String plain() {
        return "plain";
    }

    private String reads() throws IOException {
        return "read";
    }

    private String sends() throws IOException, InterruptedException {
        return "sent";
    }

    private void writes(String what) throws IOException {
        done.add(what);
    }

    private String asks(ServiceInstance instance) throws IOException {
        return instance.address();
    }

    private String asksInterruptibly(ServiceInstance instance) throws IOException, InterruptedException {
        return instance.address();
    }

    private CompletableFuture<String> later() {
        return CompletableFuture.completedFuture("later");
    }

    private CompletionStage<String> laterFrom(ServiceInstance instance) {
        return CompletableFuture.completedStage(instance.address());
    }

    @Test
    void u01aLambdaWithoutACheckedException() {
        String result = breaker.call(() -> "value");
        assertThat(result).isEqualTo("value");
    }

    @Test
    void u02aMethodReferenceWithoutACheckedException() {
        String result = breaker.call(this::plain);
        assertThat(result).isEqualTo("plain");
    }

    @Test
    void u03aLambdaWithOneCheckedExceptionThrowsExactlyThat() {
        try {
            assertThat(breaker.call(() -> reads() + "!")).isEqualTo("read!");
        } catch (IOException inferred) {
            throw new AssertionError(inferred);
        }
    }

    @Test
    void u04aMethodReferenceWithOneCheckedExceptionThrowsExactlyThat() throws IOException {
        String result = retry.call(this::reads);
        assertThat(result).isEqualTo("read");
    }

    @Test
    void u05workThatCanBeInterruptedKeepsItsOtherException() {
        try {
            String result = breaker.callInterruptibly(this::sends);
            assertThat(result).isEqualTo("sent");
        } catch (IOException | InterruptedException inferred) {
            throw new AssertionError(inferred);
        }
    }

    @Test
    void u06twoCheckedExceptionsInAPlainCallBecomeTheirCommonSupertype() throws Exception {
        String result = breaker.call(this::sends);
        assertThat(result).isEqualTo("sent");
    }

    @Test
    void u07workWithoutAResult() {
        breaker.run(() -> done.add("run"));
        assertThat(done).containsExactly("run");
    }

    @Test
    void u08workWithoutAResultThatThrows() throws IOException {
        retry.run(() -> writes("written"));
        assertThat(done).containsExactly("written");
    }

    @Test
    void u09workThatReturnsNull() {
        Object result = breaker.call(() -> null);
        assertThat(result).isNull();
    }

    @Test
    void u10aResultWidenedByTheTarget() {
        CharSequence result = breaker.call(this::plain);
        assertThat(result).hasToString("plain");
    }

    @Test
    void u11aGenericResult() {
        List<String> result = breaker.call(() -> List.of("a", "b"));
        assertThat(result).hasSize(2);
    }

    @Test
    void u12asynchronousWorkGivenAsACompletableFuture() {
        CompletableFuture<String> result = breaker.callAsync(this::later);
        assertThat(result).isCompletedWithValue("later");
    }

    @Test
    void u13asynchronousWorkGivenAsASupplierOfAFuture() {
        Supplier<CompletableFuture<String>> supplier = this::later;
        CompletableFuture<String> result = retry.callAsync(supplier::get);
        assertThat(result).isCompletedWithValue("later");
    }

    @Test
    void u14asynchronousWorkThatThrowsACheckedExceptionBeforeItBegins() {
        CompletableFuture<String> result = breaker.callAsync(() -> {
            throw new IOException("not begun");
        });
        assertThat(result).isCompletedExceptionally();
    }

    @Test
    void u15chainingOnTheReturnedFuture() {
        String result =
                breaker.callAsync(this::later).thenApply(String::toUpperCase).join();
        assertThat(result).isEqualTo("LATER");
    }

    @Test
    void u16decoratingWorkWithACheckedException() throws IOException {
        CheckedSupplier<String, IOException> decorated = breaker.decorate(this::reads);
        assertThat(decorated.get()).isEqualTo("read");
    }

    @Test
    void u17decoratingTheInterfacesOfTheJdk() throws Exception {
        Supplier<String> supplier = breaker.decorateSupplier(this::plain);
        Runnable runnable = retry.decorateRunnable(() -> done.add("ran"));
        Callable<String> callable = breaker.decorateCallable(this::sends);
        runnable.run();
        assertThat(supplier.get() + callable.call() + done).isEqualTo("plainsent[ran]");
    }

    @Test
    void u18decoratingAMethodReferenceThatCouldBeMoreThanOneThing() {
        List<String> list = new ArrayList<>();
        Runnable decorated = breaker.decorateRunnable(() -> list.add("x"));
        decorated.run();
        assertThat(list).containsExactly("x");
    }

    @Test
    void u19onePolicyAroundAnother() throws IOException {
        Policy both = retry.around(breaker);
        String result = both.call(this::reads);
        assertThat(result).isEqualTo("read");
    }

    @Test
    void u20onePolicyInsideAnotherByHand() throws IOException {
        String result = retry.call(() -> breaker.call(this::reads));
        assertThat(result).isEqualTo("read");
    }

    @Test
    void u21aFallbackOutermost() throws IOException {
        String result = Fallback.<String>to(failure -> "fallback for " + failure.getMessage())
                .around(retry.around(breaker))
                .call(() -> {
                    throw new FileNotFoundException("x");
                });
        assertThat(result).isEqualTo("fallback for x");
    }

    @Test
    void u21bATimeoutInnermostOfThree() throws IOException {
        String result = retry.around(breaker)
                .around(Timeout.of("payments", TimeoutConfig.defaults()))
                .call(this::reads);
        assertThat(result).isEqualTo("read");
    }

    @Test
    void u22aFallbackForAsynchronousWork() {
        CompletableFuture<String> result = Fallback.to(failure -> "fallback")
                .around(breaker)
                .callAsync(() -> CompletableFuture.failedFuture(new IOException()));
        assertThat(result).isCompletedWithValue("fallback");
    }

    @Test
    void u23aServiceCalledByLambdaAndByMethodReference() throws IOException {
        String byLambda = orders.call(instance -> "http://" + instance.address());
        String byReference = orders.call(this::asks);
        String withOptions = orders.call(CallOptions.idempotent(true), this::asks);
        assertThat(byLambda).endsWith(byReference).endsWith(withOptions);
    }

    @Test
    void u24aServiceCalledWithWorkThatCanBeInterrupted() {
        try {
            assertThat(orders.callInterruptibly(this::asksInterruptibly)).isEqualTo("localhost:8081");
            assertThat(orders.callInterruptibly(CallOptions.defaults(), this::asksInterruptibly))
                    .isEqualTo("localhost:8081");
        } catch (IOException | InterruptedException inferred) {
            throw new AssertionError(inferred);
        }
    }

    @Test
    void u25aServiceCalledWithoutAResultAndAsynchronously() throws IOException {
        orders.run(instance -> writes(instance.address()));
        CompletableFuture<String> later = orders.callAsync(this::laterFrom);
        assertThat(done).containsExactly(later.join());
    }

    @Test
    void u26whatComesFromAFutureInsideTheWorkKeepsItsTypes() {
        Future<String> future = CompletableFuture.failedFuture(new IOException("deep"));
        assertThatThrownBy(() -> {
                    try {
                        breaker.callInterruptibly(future::get);
                    } catch (ExecutionException inferred) {
                        throw inferred.getCause();
                    }
                })
                .isInstanceOf(IOException.class);
    }
}
