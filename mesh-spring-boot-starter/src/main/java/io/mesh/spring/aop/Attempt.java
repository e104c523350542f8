package io.mesh.spring.aop;

import io.mesh.policy.CheckedSupplier;
import org.aopalliance.intercept.MethodInvocation;
import org.springframework.aop.ProxyMethodInvocation;

/** How the rest of an invocation is run, once or several times. */
final class Attempt {

    private Attempt() {}

    /**
     * The rest of an invocation.
     *
     * @param invocation not yet proceeded
     * @param repeatable whether it may be run again. An invocation that has proceeded is used up: proceeding
     *     again would skip the advice nearer to the method, such as its transaction. So each run is one of a
     *     fresh copy of an invocation that never proceeds itself.
     * @return runs it
     */
    @SuppressWarnings("NullAway") // results may be null; NullAway does not read that bound from class files
    static CheckedSupplier<Object, Throwable> of(MethodInvocation invocation, boolean repeatable) {
        return repeatable && invocation instanceof ProxyMethodInvocation copied
                ? () -> copied.invocableClone().proceed()
                : invocation::proceed;
    }
}
