package io.mesh.spring.aop;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/**
 * Around a method that may return anything, declared {@code Object} or a type variable that nobody knows. A result
 * that is still to come is refused when the method first returns one: at start nothing tells of it.
 */
record UndeclaredResultGuard(AnnotatedMethod method, BlockingGuard guard) implements Guard {

    @Override
    public @Nullable Object call(MethodInvocation invocation) throws Throwable {
        Object result = guard.call(invocation);
        GuardRules.checkResult(method, result);
        return result;
    }
}
