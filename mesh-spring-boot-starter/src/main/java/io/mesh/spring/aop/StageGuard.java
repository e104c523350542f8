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
 * @param policy breaker, retry, or both
 * @param repeatable whether the policy may run the method more than once
 * @param fallback asked when the call has failed for good, or null; returns a stage as the method does
 */
record StageGuard(Policy policy, boolean repeatable, @Nullable FallbackMethods fallback) implements Guard {

    @Override
    public CompletableFuture<@Nullable Object> call(MethodInvocation invocation) {
        CompletableFuture<@Nullable Object> call =
                policy.<@Nullable Object>callAsync(stage(Attempt.of(invocation, repeatable)));
        return fallback == null ? call : withFallback(call, fallback, invocation);
    }

    private static CompletableFuture<@Nullable Object> withFallback(
            CompletableFuture<@Nullable Object> call, FallbackMethods fallback, MethodInvocation invocation) {
        CallFuture<@Nullable Object> answer = new CallFuture<>(() -> call.cancel(true));
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

    private static void fallBack(
            CallFuture<@Nullable Object> answer,
            Throwable failure,
            FallbackMethods fallback,
            MethodInvocation invocation) {
        FallbackMethods.Choice choice = FallbackMethods.callerGaveUp(failure) ? null : fallback.choose(failure);
        if (choice == null) {
            answer.fail(failure);
            return;
        }
        CompletionStage<? extends @Nullable Object> stage = CallFuture.<@Nullable Object>start(
                stage(() -> choice.answer(invocation.getThis(), invocation.getArguments(), failure)));
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

    @SuppressWarnings("unchecked") // GuardRules: the method is declared to return a stage
    private static CheckedSupplier<CompletionStage<@Nullable Object>, Throwable> stage(
            CheckedSupplier<@Nullable Object, Throwable> work) {
        return () -> (CompletionStage<@Nullable Object>) work.get();
    }
}
