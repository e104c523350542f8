package io.mesh.spring.aop;

import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** What stands around the calls of one method. Made once; thread-safe. */
interface Guard {

    /**
     * Makes a call.
     *
     * @param invocation not yet proceeded
     * @return what the caller gets
     * @throws Throwable what the caller gets instead, as it was thrown
     */
    @Nullable
    Object call(MethodInvocation invocation) throws Throwable;
}
