package io.mesh.spring.aop;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** Puts the guard of a method around its call. */
final class GuardInterceptor implements MethodInterceptor {

    private final Guards guards;

    GuardInterceptor(Guards guards) {
        this.guards = guards;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = invocation.getThis();
        Class<?> type =
                target != null ? target.getClass() : invocation.getMethod().getDeclaringClass();
        return guards.of(invocation.getMethod(), type).call(invocation);
    }
}
