package io.mesh.spring.aop;

import io.mesh.policy.FailureMatcher;
import io.mesh.policy.Policy;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/**
 * Around a method whose work is done when it returns.
 *
 * @param policy retry, breaker, limit, timeout, or several of them
 * @param repeatable whether the policy may run the method more than once
 * @param fallback asked when the call has failed for good, or null
 */
record BlockingGuard(
        Policy policy, boolean repeatable, @Nullable FallbackMethods fallback) implements Guard {

    @Override
    public @Nullable Object call(MethodInvocation invocation) throws Throwable {
        if (fallback == null) {
            return policy.<Object, Throwable>call(Attempt.of(invocation, repeatable));
        }
        try {
            return policy.<Object, Throwable>call(Attempt.of(invocation, repeatable));
        } catch (Throwable thrown) {
            if (FallbackMethods.callerGaveUp(thrown) || Thread.currentThread().isInterrupted()) {
                throw thrown;
            }
            Throwable failure = FailureMatcher.unwrap(thrown);
            FallbackMethods.Choice choice = fallback.choose(failure);
            if (choice == null) {
                throw thrown;
            }
            return choice.answer(invocation.getThis(), invocation.getArguments(), failure);
        }
    }
}
