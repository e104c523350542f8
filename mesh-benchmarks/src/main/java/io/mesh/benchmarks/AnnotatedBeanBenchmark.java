package io.mesh.benchmarks;

import io.github.resilience4j.circuitbreaker.annotation.CircuitBreaker;
import io.github.resilience4j.retry.annotation.Retry;
import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import java.util.Objects;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;

/**
 * A method of a Spring bean that carries annotations, beside the same method plain and behind proxies that do nothing.
 * What may repeat a call must clone its invocation first: {@code floorInterceptorWithClone}.
 */
@Warmup(iterations = Measure.LONG_WARM_UP)
public class AnnotatedBeanBenchmark {

    /** What is called. */
    public static class Plain {

        public Integer call(Integer argument) {
            return argument;
        }
    }

    public static class MeshCircuitBreaker extends Plain {

        @Override
        @WithCircuitBreaker("backend")
        public Integer call(Integer argument) {
            return argument;
        }
    }

    public static class MeshRetry extends Plain {

        @Override
        @WithRetry("backend")
        public Integer call(Integer argument) {
            return argument;
        }
    }

    public static class MeshBoth extends Plain {

        @Override
        @WithCircuitBreaker("backend")
        @WithRetry("backend")
        public Integer call(Integer argument) {
            return argument;
        }
    }

    public static class SpringRetryable extends Plain {

        @Override
        @Retryable(maxRetries = 2)
        public Integer call(Integer argument) {
            return argument;
        }
    }

    public static class Resilience4jCircuitBreaker extends Plain {

        @Override
        @CircuitBreaker(name = "backend")
        public Integer call(Integer argument) {
            return argument;
        }
    }

    public static class Resilience4jRetry extends Plain {

        @Override
        @Retry(name = "backend")
        public Integer call(Integer argument) {
            return argument;
        }
    }

    public static class Resilience4jBoth extends Plain {

        @Override
        @CircuitBreaker(name = "backend")
        @Retry(name = "backend")
        public Integer call(Integer argument) {
            return argument;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableResilientMethods
    static class Beans {

        @Bean
        MeshCircuitBreaker meshCircuitBreaker() {
            return new MeshCircuitBreaker();
        }

        @Bean
        MeshRetry meshRetry() {
            return new MeshRetry();
        }

        @Bean
        MeshBoth meshBoth() {
            return new MeshBoth();
        }

        @Bean
        SpringRetryable springRetryable() {
            return new SpringRetryable();
        }

        @Bean
        Resilience4jCircuitBreaker resilience4jCircuitBreaker() {
            return new Resilience4jCircuitBreaker();
        }

        @Bean
        Resilience4jRetry resilience4jRetry() {
            return new Resilience4jRetry();
        }

        @Bean
        Resilience4jBoth resilience4jBoth() {
            return new Resilience4jBoth();
        }
    }

    @State(Scope.Benchmark)
    public static class Application {

        private Integer argument = 42; // not final: cannot be folded
        private final Plain bare = new Plain();
        private final Plain interceptor = proxy(MethodInvocation::proceed);
        private final Plain interceptorWithClone =
                proxy(invocation -> invocation instanceof ProxyMethodInvocation clones
                        ? clones.invocableClone().proceed()
                        : invocation.proceed());
        private ConfigurableApplicationContext context;
        private Plain meshCircuitBreaker;
        private Plain meshRetry;
        private Plain meshBoth;
        private Plain springRetryable;
        private Plain resilience4jCircuitBreaker;
        private Plain resilience4jRetry;
        private Plain resilience4jBoth;

        @Setup
        public void start() {
            context = SpringApplication.run(Beans.class);
            meshCircuitBreaker = proxied(MeshCircuitBreaker.class);
            meshRetry = proxied(MeshRetry.class);
            meshBoth = proxied(MeshBoth.class);
            springRetryable = proxied(SpringRetryable.class);
            resilience4jCircuitBreaker = proxied(Resilience4jCircuitBreaker.class);
            resilience4jRetry = proxied(Resilience4jRetry.class);
            resilience4jBoth = proxied(Resilience4jBoth.class);
        }

        private Plain proxied(Class<? extends Plain> type) {
            Plain bean = context.getBean(type);
            Peers.require(AopUtils.isAopProxy(bean), "a proxy of " + type.getSimpleName());
            return bean;
        }

        private static Plain proxy(MethodInterceptor interceptor) {
            ProxyFactory factory = new ProxyFactory(new Plain());
            factory.setProxyTargetClass(true); // as Boot does
            factory.addAdvice(interceptor);
            return (Plain) Objects.requireNonNull(factory.getProxy());
        }

        @TearDown
        public void close() {
            context.close();
        }
    }

    @Benchmark
    public Integer bare(Application application) {
        return application.bare.call(application.argument);
    }

    @Benchmark
    public Integer floorInterceptor(Application application) {
        return application.interceptor.call(application.argument);
    }

    @Benchmark
    public Integer floorInterceptorWithClone(Application application) {
        return application.interceptorWithClone.call(application.argument);
    }

    @Benchmark
    public Integer meshCircuitBreaker(Application application) {
        return application.meshCircuitBreaker.call(application.argument);
    }

    @Benchmark
    public Integer meshRetry(Application application) {
        return application.meshRetry.call(application.argument);
    }

    @Benchmark
    public Integer meshBoth(Application application) {
        return application.meshBoth.call(application.argument);
    }

    @Benchmark
    public Integer springRetryable(Application application) {
        return application.springRetryable.call(application.argument);
    }

    @Benchmark
    public Integer resilience4jCircuitBreaker(Application application) {
        return application.resilience4jCircuitBreaker.call(application.argument);
    }

    @Benchmark
    public Integer resilience4jRetry(Application application) {
        return application.resilience4jRetry.call(application.argument);
    }

    @Benchmark
    public Integer resilience4jBoth(Application application) {
        return application.resilience4jBoth.call(application.argument);
    }
}
