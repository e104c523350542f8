package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.model.CircuitOpenException;
import io.mesh.model.CircuitState;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.EnableOnlyMesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class AnnotationsTest {

    private final ApplicationContextRunner runner = MeshRunner.runner()
            .withPropertyValues(
                    "mesh.defaults.retry.initial-delay=0s", "mesh.defaults.circuit-breaker.failure-threshold=4");

    private <B> void with(Class<B> type, Consumer<B> test) {
        runner.withBean(type).run(context -> {
            assertThat(context).hasNotFailed();
            test.accept(context.getBean(type));
        });
    }

    /** Fails as often as told and counts its calls. */
    abstract static class Backend {

        int calls;
        int failures = Integer.MAX_VALUE;

        // final and not annotated: fields of a proxy are not those of its target
        int calls() {
            return calls;
        }

        void failures(int number) {
            failures = number;
        }

        protected String answer() throws IOException {
            if (calls++ < failures) {
                throw new IOException("call " + calls);
            }
            return "answer " + calls;
        }
    }

    static class Retried extends Backend {
        @WithRetry
        public String get() throws IOException {
            return answer();
        }
    }

    @Test
    void aMethodWithRetryIsCalledAgain() {
        with(Retried.class, bean -> {
            bean.failures(2);
            assertThat(unchecked(bean::get)).isEqualTo("answer 3");
        });
    }

    @Test
    void whatTheMethodThrowsReachesTheCallerAsItWasThrown() {
        with(Retried.class, bean -> assertThatThrownBy(bean::get)
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("call 3"));
    }

    static class Guarded extends Backend {
        @WithCircuitBreaker("backend")
        public String get() throws IOException {
            return answer();
        }
    }

    @Test
    void aMethodWithABreakerIsNoLongerCalledOnceItKeepsFailing() {
        with(Guarded.class, bean -> {
            for (int i = 0; i < 4; i++) {
                assertThatThrownBy(bean::get).isInstanceOf(IOException.class);
            }

            assertThatThrownBy(bean::get)
                    .isInstanceOf(CircuitOpenException.class)
                    .hasMessageContaining("backend");
            assertThat(bean.calls()).isEqualTo(4);
        });
    }

    static class RetryFirst extends Backend {
        @WithRetry(maxAttempts = "3")
        @WithCircuitBreaker("both")
        public String get() throws IOException {
            return answer();
        }
    }

    static class BreakerFirst extends Backend {
        @WithCircuitBreaker("both")
        @WithRetry(maxAttempts = "3")
        public String get() throws IOException {
            return answer();
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {RetryFirst.class, BreakerFirst.class})
    void everyAttemptPassesTheBreakerWhateverTheOrderInTheSource(Class<? extends Backend> type) {
        runner.withBean(type).run(context -> {
            Backend bean = context.getBean(type);

            assertThatThrownBy(() -> get(bean)).hasMessage("call 3");
            assertThatThrownBy(() -> get(bean)).isInstanceOf(CircuitOpenException.class); // at the second attempt

            assertThat(bean.calls()).isEqualTo(4);
            assertThat(context.getBean(Mesh.class).circuitBreaker("both").state())
                    .isEqualTo(CircuitState.OPEN);
        });
    }

    private static String get(Backend bean) throws IOException {
        return bean instanceof RetryFirst first ? first.get() : ((BreakerFirst) bean).get();
    }

    @WithRetry
    static class OnClass extends Backend {
        public String get() throws IOException {
            return answer();
        }

        String packagePrivate() throws IOException {
            return answer();
        }
    }

    @Test
    void onAClassItCoversThePublicMethods() {
        with(OnClass.class, bean -> {
            bean.failures(1);
            assertThat(unchecked(bean::get)).isEqualTo("answer 2");
            bean.failures(3);
            assertThatThrownBy(bean::packagePrivate).hasMessage("call 3");
        });
    }

    interface Client {
        @WithRetry
        String get() throws IOException;
    }

    static class ClientBackend extends Backend implements Client {
        @Override
        public String get() throws IOException {
            return answer();
        }
    }

    @Test
    void onAMethodOfAnInterfaceItCoversTheClassThatImplementsIt() {
        runner.withBean(ClientBackend.class).run(context -> {
            ClientBackend bean = context.getBean(ClientBackend.class);
            bean.failures(1);

            assertThat(context.getBean(Client.class).get()).isEqualTo("answer 2");
            assertThat(context.getBean(Mesh.class).retries()).containsExactly("client-get");
        });
    }

    @WithRetry
    interface AnnotatedClient {
        String get() throws IOException;
    }

    static class AnnotatedClientBackend extends Backend implements AnnotatedClient {
        @Override
        public String get() throws IOException {
            return answer();
        }

        public String other() throws IOException {
            return answer();
        }
    }

    @Test
    void onAnInterfaceItCoversTheMethodsTheInterfaceDeclares() {
        with(AnnotatedClientBackend.class, bean -> {
            bean.failures(1);
            assertThat(unchecked(bean::get)).isEqualTo("answer 2");
            bean.failures(3);
            assertThatThrownBy(bean::other).hasMessage("call 3");
        });
    }

    @WithRetry(value = "reliable", maxAttempts = "5")
    @WithCircuitBreaker("reliable")
    @Retention(RetentionPolicy.RUNTIME)
    @interface Reliable {}

    static class WithMeta extends Backend {
        @Reliable
        public String get() throws IOException {
            return answer();
        }
    }

    @Test
    void onAnotherAnnotationItCoversWhatCarriesThat() {
        with(WithMeta.class, bean -> {
            bean.failures(3);
            assertThat(unchecked(bean::get)).isEqualTo("answer 4");
        });
    }

    @WithRetry("of-class")
    static class OnBoth extends Backend {
        @WithRetry(value = "of-method", maxAttempts = "2")
        public String get() throws IOException {
            return answer();
        }

        public String other() throws IOException {
            return answer();
        }
    }

    @Test
    void whatStandsOnTheMethodIsStrongerThanWhatStandsOnTheClass() {
        runner.withBean(OnBoth.class).run(context -> {
            OnBoth bean = context.getBean(OnBoth.class);

            assertThatThrownBy(bean::get).hasMessage("call 2");
            assertThatThrownBy(bean::other).hasMessage("call 5");
            assertThat(context.getBean(Mesh.class).retries()).containsExactly("of-class", "of-method");
        });
    }

    abstract static class GenericClient<I> extends Backend {
        abstract String get(I id) throws IOException;
    }

    static class StringClient extends GenericClient<String> {
        @Override
        @WithRetry
        public String get(String id) throws IOException {
            return answer() + id;
        }
    }

    @Test
    void aMethodCalledThroughItsGenericSuperclassIsCoveredToo() {
        with(StringClient.class, bean -> {
            bean.failures(1);
            GenericClient<String> client = bean;
            assertThat(unchecked(() -> client.get("!"))).isEqualTo("answer 2!");
        });
    }

    static class Job {
        int calls;

        int calls() {
            return calls;
        }

        @WithRetry
        void run() {
            if (calls++ == 0) {
                throw new IllegalStateException();
            }
        }
    }

    @Test
    void aMethodWithoutAResultIsCovered() {
        with(Job.class, bean -> {
            bean.run();
            assertThat(bean.calls()).isEqualTo(2);
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class BehindAnInterface {
        @Bean
        Client client() {
            return new RenamedBackend();
        }
    }

    static class RenamedBackend extends Backend implements Client {
        @Override
        @WithRetry(value = "behind", maxAttempts = "7")
        public String get() throws IOException {
            return answer();
        }
    }

    @Test
    void theRealClassOfABeanCountsNotWhatItsDefinitionSays() {
        runner.withUserConfiguration(BehindAnInterface.class)
                .withPropertyValues("mesh.retries.behind.multiplier=3")
                .run(context -> {
                    assertThatThrownBy(context.getBean(Client.class)::get).hasMessage("call 7");
                    assertThat(context.getBean(Mesh.class).retry("behind").config())
                            .satisfies(config -> {
                                assertThat(config.maxAttempts()).isEqualTo(7);
                                assertThat(config.multiplier()).isEqualTo(3.0);
                            });
                });
    }

    @Test
    void withTheMeshTurnedOffTheAnnotationsDoNothing() {
        runner.withBean(Retried.class).withPropertyValues("mesh.enabled=false").run(context -> assertThatThrownBy(
                        context.getBean(Retried.class)::get)
                .hasMessage("call 1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.aop.proxy-target-class=false",
                "spring.aop.auto=false",
                "spring.aop.proxy-target-class=true"
            })
    void theyWorkHoweverProxiesAreMade(String property) {
        runner.withBean(Retried.class)
                .withBean(ClientBackend.class)
                .withPropertyValues(property)
                .run(context -> {
                    assertThatThrownBy(context.getBean(Retried.class)::get).hasMessage("call 3");
                    assertThatThrownBy(context.getBean(Client.class)::get).hasMessage("call 3");
                });
    }

    @Test
    void theyWorkWithoutBootsOwnProxying() {
        new ApplicationContextRunner()
                .withUserConfiguration(OnlyMesh.class)
                .withBean(Retried.class)
                .withPropertyValues("mesh.defaults.retry.initial-delay=0s")
                .run(context ->
                        assertThatThrownBy(context.getBean(Retried.class)::get).hasMessage("call 3"));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableOnlyMesh
    static class OnlyMesh {}

    private static <T> T unchecked(Callable<T> call) {
        try {
            return call.call();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
