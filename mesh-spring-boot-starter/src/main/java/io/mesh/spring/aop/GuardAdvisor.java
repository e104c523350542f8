package io.mesh.spring.aop;

import java.lang.reflect.Method;
import org.aopalliance.aop.Advice;
import org.springframework.aop.ClassFilter;
import org.springframework.aop.MethodMatcher;
import org.springframework.aop.Pointcut;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcher;
import org.springframework.core.Ordered;

/**
 * All annotations in one step of the proxy's chain: inside {@code @Async}, outside {@code @Cacheable} and
 * {@code @Transactional}, so that every attempt has a transaction of its own and a cache hit is a success.
 */
final class GuardAdvisor implements PointcutAdvisor, Ordered {

    private final GuardInterceptor advice;
    private final Pointcut pointcut;

    GuardAdvisor(Guards guards) {
        this.advice = new GuardInterceptor(guards);
        this.pointcut = new Annotated(guards.annotated());
    }

    @Override
    public Pointcut getPointcut() {
        return pointcut;
    }

    @Override
    public Advice getAdvice() {
        return advice;
    }

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE - 100;
    }

    private static final class Annotated extends StaticMethodMatcher implements Pointcut {

        private final AnnotatedMethods methods;

        Annotated(AnnotatedMethods methods) {
            this.methods = methods;
        }

        @Override
        public ClassFilter getClassFilter() {
            return type -> !methods.of(type).isEmpty();
        }

        @Override
        public MethodMatcher getMethodMatcher() {
            return this;
        }

        @Override
        public boolean matches(Method method, Class<?> targetClass) {
            return methods.find(method, targetClass) != null;
        }
    }
}
