package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.model.CircuitOpenException;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // fallbacks are called by their names
class FallbackTest {

    private final ApplicationContextRunner runner =
            MeshRunner.runner().withPropertyValues("mesh.defaults.retry.initial-delay=0s");

    private <B> void with(Class<B> type, Consumer<B> test) {
        runner.withBean(type).run(context -> {
            assertThat(context).hasNotFailed();
            test.accept(context.getBean(type));
        });
    }

    static class Prices {

        private final String currency = "EUR";
        int calls;
        Throwable failure = new IOException("down");

        int calls() {
            return calls;
        }

        void failure(Throwable next) {
            failure = next;
        }

        @WithRetry(value = "prices", fallback = "cached")
        @WithCircuitBreaker("prices")
        public String price(String item, int amount) throws Throwable {
            calls++;
            throw failure;
        }

        private String cached(String item, int amount) {
            return "any " + item + amount + currency;
        }

        private String cached(String item, int amount, IOException failure) {
            return "io " + failure.getMessage();
        }

        private String cached(String item, int amount, FileNotFoundException failure) {
            return "file " + failure.getMessage();
        }

        private String cached(String item, int amount, CircuitOpenException failure) {
            return "open";
        }
    }

    @Test
    void theMostSpecificExceptionTypeWins() {
        runner.withBean(Prices.class)
                .withPropertyValues("mesh.retries.prices.max-attempts=1")
                .run(context -> {
                    Prices prices = context.getBean(Prices.class);
                    assertThat(price(prices, new IOException("a"))).isEqualTo("io a");
                    assertThat(price(prices, new FileNotFoundException("b"))).isEqualTo("file b");
                    assertThat(price(prices, new IllegalStateException())).isEqualTo("any tea2EUR");
                });
    }

    @Test
    void itActsOutsideOfRetryAndBreaker() {
        with(Prices.class, prices -> {
            prices.failure(new IOException("x"));
            assertThat(price(prices)).isEqualTo("io x");
            assertThat(prices.calls()).isEqualTo(3);

            assertThat(price(prices)).isEqualTo("open"); // at the fifth failure
            assertThat(prices.calls()).isEqualTo(5);
            assertThat(price(prices)).isEqualTo("open");
            assertThat(prices.calls()).isEqualTo(5);
        });
    }

    @Test
    void itIsNotAskedWhenTheCallerWasInterrupted() {
        with(Prices.class, prices -> {
            prices.failure(new InterruptedException());
            assertThatThrownBy(() -> prices.price("tea", 2)).isInstanceOf(InterruptedException.class);
            Thread.interrupted();
        });
    }

    @Test
    void itIsNotAskedWhenTheMachineIsBroken() {
        with(Prices.class, prices -> {
            prices.failure(new StackOverflowError());
            assertThatThrownBy(() -> prices.price("tea", 2)).isInstanceOf(StackOverflowError.class);
        });
    }

    static class Picky {

        @WithRetry(maxAttempts = "1", fallback = "other")
        public int get() throws Exception {
            throw new Exception("checked");
        }

        Integer other(IllegalStateException failure) {
            return 1;
        }

        @WithCircuitBreaker(fallback = "failing")
        public int fails() {
            throw new IllegalStateException("first");
        }

        int failing() {
            throw new IllegalArgumentException("second");
        }
    }

    @Test
    void aFailureThatNoFallbackFitsReachesTheCallerAsItWasThrown() {
        with(Picky.class, picky -> assertThatThrownBy(picky::get)
                .isExactlyInstanceOf(Exception.class)
                .hasMessage("checked"));
    }

    @Test
    void aFallbackThatFailsIsThrownWithTheFailureOfTheCallSuppressed() {
        with(Picky.class, picky -> assertThatThrownBy(picky::fails)
                .hasMessage("second")
                .hasSuppressedException(new IllegalStateException("first")));
    }

    interface Contract {
        @WithRetry(maxAttempts = "1", fallback = "standard")
        String get();

        default String standard() {
            return "standard of " + name();
        }

        String name();
    }

    static class Implementation implements Contract {
        @Override
        public String get() {
            throw new IllegalStateException();
        }

        @Override
        public String name() {
            return "it";
        }
    }

    @Test
    void itMayBeADefaultMethodOfTheInterface() {
        with(Implementation.class, bean -> assertThat(bean.get()).isEqualTo("standard of it"));
    }

    static class OnBothTheSame {
        @WithRetry(fallback = "none")
        @WithCircuitBreaker(fallback = "${which:none}")
        public String get() {
            throw new IllegalStateException();
        }

        protected static String none() {
            return "none";
        }
    }

    @Test
    void theSameMayStandOnBoth() {
        with(OnBothTheSame.class, bean -> assertThat(bean.get()).isEqualTo("none"));
    }

    @Test
    void itsFailuresAreNotThoseOfTheBreaker() {
        runner.withBean(Picky.class).run(context -> {
            Picky picky = context.getBean(Picky.class);
            assertThatThrownBy(picky::fails).hasMessage("second");

            assertThat(context.getBean(Mesh.class)
                            .circuitBreaker("picky-fails")
                            .snapshot()
                            .failed())
                    .isEqualTo(1);
        });
    }

    abstract static class Store<K, V> {

        @WithRetry(maxAttempts = "1", fallback = "none")
        public V put(K key) {
            throw new IllegalStateException("full");
        }

        V none(K key, IllegalArgumentException failure) {
            throw new AssertionError();
        }
    }

    static class StringStore extends Store<String, Integer> {

        private Integer none(String key, Exception failure) {
            return key.length();
        }
    }

    @Test
    void itMayNameTheTypesOfAGenericBaseClass() {
        with(StringStore.class, bean -> assertThat(bean.put("four")).isEqualTo(4));
    }

    abstract static class Reader<K> {
        abstract String read(K key);
    }

    static class StringReader extends Reader<String> {

        @Override
        @WithRetry(maxAttempts = "1", fallback = "read")
        public String read(String key) {
            throw new IllegalStateException();
        }

        private String read(String key, IllegalStateException failure) {
            return "other " + key;
        }
    }

    @Test
    void itMayHaveTheNameOfTheMethodWhichNeverAnswersForItself() {
        with(StringReader.class, bean -> assertThat(bean.read("a")).isEqualTo("other a"));
    }

    private static String price(Prices prices, Throwable failure) {
        prices.failure(failure);
        return price(prices);
    }

    private static String price(Prices prices) {
        try {
            return prices.price("tea", 2);
        } catch (Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }
}
