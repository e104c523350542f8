package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

class OtherAdviceTest {

    /** Counts what really happens; there is no resource behind it. */
    static class Transactions extends AbstractPlatformTransactionManager {

        final AtomicInteger begun = new AtomicInteger();
        final AtomicInteger committed = new AtomicInteger();
        final AtomicInteger rolledBack = new AtomicInteger();

        @Override
        protected Object doGetTransaction() {
            return this;
        }

        @Override
        protected void doBegin(Object transaction, org.springframework.transaction.TransactionDefinition definition) {
            begun.incrementAndGet();
        }

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            committed.incrementAndGet();
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {
            rolledBack.incrementAndGet();
        }
    }

    static class Orders {

        int calls;

        int calls() {
            return calls;
        }

        @Transactional
        @WithRetry(initialDelay = "0s")
        @WithCircuitBreaker
        public String place() {
            if (!TransactionSynchronizationManager.isActualTransactionActive()) {
                throw new AssertionError("no transaction");
            }
            if (++calls < 3) {
                throw new IllegalStateException();
            }
            return "placed";
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class WithTransactions {

        @Bean
        Transactions transactions() {
            return new Transactions();
        }

        @Bean
        Orders orders() {
            return new Orders();
        }
    }

    @Test
    void everyAttemptHasATransactionOfItsOwn() {
        MeshRunner.runner().withUserConfiguration(WithTransactions.class).run(context -> {
            assertThat(context.getBean(Orders.class).place()).isEqualTo("placed");

            Transactions transactions = context.getBean(Transactions.class);
            assertThat(transactions.begun).hasValue(3);
            assertThat(transactions.rolledBack).hasValue(2);
            assertThat(transactions.committed).hasValue(1);
        });
    }

    static class Prices {

        int calls;

        int calls() {
            return calls;
        }

        @Cacheable("prices")
        @WithCircuitBreaker("prices")
        public String price(String item) {
            calls++;
            return item;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class WithCache {

        @Bean
        CacheManager cacheManager() {
            return new ConcurrentMapCacheManager();
        }

        @Bean
        Prices prices() {
            return new Prices();
        }
    }

    @Test
    void aHitOfTheCacheIsASuccessOfTheBreaker() {
        MeshRunner.runner().withUserConfiguration(WithCache.class).run(context -> {
            context.getBean(Prices.class).price("tea");
            context.getBean(Prices.class).price("tea");

            assertThat(context.getBean(Prices.class).calls()).isEqualTo(1);
            assertThat(context.getBean(Mesh.class)
                            .circuitBreaker("prices")
                            .snapshot()
                            .succeeded())
                    .isEqualTo(2);
        });
    }

    static class Mail {

        final AtomicInteger calls = new AtomicInteger();

        @Async
        @WithRetry(initialDelay = "0s")
        public CompletableFuture<String> send() {
            String thread = Thread.currentThread().getName();
            return calls().incrementAndGet() < 3
                    ? CompletableFuture.failedFuture(new IllegalStateException())
                    : CompletableFuture.completedFuture(thread);
        }

        AtomicInteger calls() {
            return calls;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class WithAsync {
        @Bean
        Mail mail() {
            return new Mail();
        }
    }

    @Test
    void aCallOnAnotherThreadIsRetriedOnThatThread() {
        MeshRunner.runner().withUserConfiguration(WithAsync.class).run(context -> {
            String thread = context.getBean(Mail.class).send().get(10, TimeUnit.SECONDS);

            assertThat(thread).isNotEqualTo(Thread.currentThread().getName());
            assertThat(context.getBean(Mail.class).calls()).hasValue(3);
        });
    }

    interface HttpClient {
        @WithRetry(initialDelay = "0s", fallback = "offline")
        String get(String path);

        default String offline(String path) {
            return "offline " + path;
        }
    }

    /** As HTTP interface clients and repositories are made: there is no class of the application's own. */
    static class HttpClientFactory implements FactoryBean<HttpClient> {

        static final AtomicInteger CALLS = new AtomicInteger();

        @Override
        public HttpClient getObject() {
            return (HttpClient) Proxy.newProxyInstance(
                    HttpClient.class.getClassLoader(),
                    new Class<?>[] {HttpClient.class},
                    (proxy, method, arguments) -> {
                        if (method.isDefault()) {
                            return java.lang.reflect.InvocationHandler.invokeDefault(proxy, method, arguments);
                        }
                        CALLS.incrementAndGet();
                        throw new IllegalStateException();
                    });
        }

        @Override
        public Class<?> getObjectType() {
            return HttpClient.class;
        }
    }

    @Test
    void aClientThatIsAProxyItselfIsCoveredToo() {
        MeshRunner.runner().withBean(HttpClientFactory.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(Mesh.class).retries()).containsExactly("http-client-get");

            assertThat(context.getBean(HttpClient.class).get("/a")).isEqualTo("offline /a");

            assertThat(HttpClientFactory.CALLS).hasValue(3);
        });
    }
}
