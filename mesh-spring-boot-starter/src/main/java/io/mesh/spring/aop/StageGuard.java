package io.mesh.spring.aop;

import io.mesh.policy.CallFuture;
import io.mesh.policy.CheckedSupplier;
import io.mesh.policy.FailureMatcher;
import io.mesh.policy.Policy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/**
 * Around a method that returns a {@code CompletionStage} or a {@code CompletableFuture}: the call lasts until
 * that is completed. Never throws; cancelling what it returns cancels the call.
 *
 * @param policy retry, breaker, limit, timeout, or several of them
 * @param repeatable whether the policy may run the method more than once
 * @param fallback asked when the call has failed for good, or null; returns a stage as the method does
 */
record StageGuard(
        Policy policy, boolean repeatable, @Nullable FallbackMethods fallback) implements Guard {

    @Override
    public CompletableFuture<Object> call(MethodInvocation invocation) {
        CompletableFuture<Object> call = policy.<Object>callAsync(stage(Attempt.of(invocation, repeatable)));
        return fallback == null ? call : withFallback(call, fallback, invocation);
    }

    private static CompletableFuture<Object> withFallback(
            CompletableFuture<Object> call, FallbackMethods fallback, MethodInvocation invocation) {
        CallFuture<Object> answer = new CallFuture<>(() -> call.cancel(true));
        call.whenComplete((value, thrown) -> {
            if (!answer.claim()) {
                CallFuture.discard(value);
            } else if (thrown == null) {
                answer.end(value);
            } else {
                fallBack(answer, FailureMatcher.unwrap(thrown), fallback, invocation);
            }
        });
        return answer;
    }

    @SuppressWarnings("NullAway") // CallFuture.start makes a failed stage of null
    private static void fallBack(
            CallFuture<Object> answer, Throwable failure, FallbackMethods fallback, MethodInvocation invocation) {
        FallbackMethods.Choice choice = FallbackMethods.callerGaveUp(failure) ? null : fallback.choose(failure);
        if (choice == null) {
            answer.fail(failure);
            return;
        }
        CompletionStage<?> stage =
                CallFuture.start(stage(() -> choice.answer(invocation.getThis(), invocation.getArguments(), failure)));
        stage.whenComplete((value, thrown) -> {
            if (thrown == null) {
                answer.end(value);
            } else {
                answer.fail(FallbackMethods.withCause(FailureMatcher.unwrap(thrown), failure));
            }
        });
        answer.whenComplete((value, thrown) -> {
            if (answer.isCancelled()) {
                CallFuture.cancel(stage);
            }
        });
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // declared to return a stage; CallFuture refuses null
    private static CheckedSupplier<CompletionStage<Object>, Throwable> stage(CheckedSupplier<?, Throwable> work) {
        return () -> (CompletionStage<Object>) work.get();
    }
}
