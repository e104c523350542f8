package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.annotation.WithTimeout;
import io.mesh.spring.autoconfigure.Application;
import io.mesh.spring.autoconfigure.EnableMesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import kotlin.coroutines.Continuation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.core.NestedExceptionUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@ExtendWith(OutputCaptureExtension.class)
@SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // called by name, or not at all
class InvalidAnnotationsTest {

    private static void refused(Class<?> bean, String... texts) {
        refused(MeshRunner.runner(), bean, texts);
    }

    private static void refused(ApplicationContextRunner runner, Class<?> bean, String... texts) {
        runner.withBean(bean).run(context -> {
            assertThat(context).hasFailed();
            assertThat(reason(context)).contains(texts);
        });
    }

    private static String reason(AssertableApplicationContext context) {
        return String.valueOf(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure())
                .getMessage());
    }

    static class Private {
        @WithRetry
        private String get() {
            return "";
        }
    }

    static class Final {
        @WithCircuitBreaker
        public final String get() {
            return "";
        }
    }

    static class Static {
        @WithRetry
        public static String get() {
            return "";
        }
    }

    @WithRetry
    static class FinalInAnnotatedClass {
        public String other() {
            return "";
        }

        public final String get() {
            return "";
        }
    }

    @Test
    void aMethodThatNoProxyCanInterceptIsRefused() {
        refused(
                Private.class,
                "@WithRetry on " + Private.class.getName() + ".get() cannot work: the method is private");
        refused(Final.class, "@WithCircuitBreaker on ", "the method is final");
        refused(Static.class, "the method is static");
        refused(FinalInAnnotatedClass.class, "FinalInAnnotatedClass.get() cannot work: the method is final");
    }

    static final class FinalClass implements Contract {
        @Override
        @WithRetry
        public String other() {
            return "";
        }
    }

    record Config(String url) {
        @WithRetry
        public String get() {
            return url;
        }
    }

    static sealed class Sealed {
        @WithRetry
        public String get() {
            return "";
        }
    }

    static final class OnlyOne extends Sealed {}

    @Configuration(proxyBeanMethods = false)
    static class FinalBehindAnInterface {
        @Bean
        Contract contract() {
            return new FinalClass();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    @Import(FinalClass.class)
    static class FinalShop {}

    @Test
    void aClassThatNoProxyCanExtendIsRefused(CapturedOutput output) {
        refused(FinalBehindAnInterface.class, "the class " + FinalClass.class.getName() + " is final");
        refused(Sealed.class, "the class " + Sealed.class.getName() + " is sealed, and no proxy can extend it.");
        refused(OnlyOne.class, "the class " + OnlyOne.class.getName() + " is final, and no proxy can extend it.");
        MeshRunner.runner().withBean(Config.class, "http://a").run(context -> assertThat(reason(context))
                .contains("the class " + Config.class.getName() + " is final"));
        assertThat(Application.failure(output, FinalShop.class, "valid"))
                .contains("@WithRetry on " + FinalClass.class.getName() + ".other() cannot work: the class "
                        + FinalClass.class.getName() + " is final, and no proxy can extend it.")
                .contains("Remove final from the class (a Kotlin class has to be open");
    }

    @Test
    void aFinalClassIsFineIfTheProxyIsMadeOfTheInterface() {
        MeshRunner.runner()
                .withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(FinalClass.class)
                .run(context -> assertThat(context).hasNotFailed());
        MeshRunner.runner()
                .withBean(AnnotatedContract.class, () -> () -> "lambda")
                .withUserConfiguration(OwnProxy.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    interface AnnotatedContract {
        @WithRetry
        String get();
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnProxy {
        @Bean
        Contract proxied() {
            return (Contract) new ProxyFactory(new FinalClass()).getProxy();
        }
    }

    static class ReturnsMono {
        @WithRetry
        public Mono<String> get() {
            return Mono.empty();
        }
    }

    static class ReturnsFlux {
        @WithRetry
        public Flux<String> get() {
            return Flux.empty();
        }
    }

    static class ReturnsFlow {
        @WithRetry
        public Flow.Publisher<String> get() {
            throw new AssertionError();
        }
    }

    static class ReturnsFuture {
        @WithCircuitBreaker
        public Future<String> get() {
            return CompletableFuture.completedFuture("");
        }
    }

    static class OwnFuture extends CompletableFuture<String> {}

    static class ReturnsOwnFuture {
        @WithCircuitBreaker
        public OwnFuture get() {
            return new OwnFuture();
        }
    }

    static class Suspends {
        @WithRetry
        public Object get(String id, Continuation<? super String> continuation) {
            return id;
        }
    }

    @Test
    void aResultThatWouldCountAsASuccessBeforeItIsThereIsRefused() {
        refused(ReturnsMono.class, "the method returns Mono, and only plain results");
        refused(ReturnsFlux.class, "the method returns Flux");
        refused(ReturnsFlow.class, "the method returns Publisher");
        refused(ReturnsFuture.class, "the method returns Future");
        refused(ReturnsOwnFuture.class, "the method returns OwnFuture");
        refused(Suspends.class, "the method is a Kotlin suspend function");
    }

    abstract static class Source<T> {
        @WithRetry
        public T get() {
            throw new IllegalStateException();
        }
    }

    static class FluxSource extends Source<Flux<String>> {}

    @Test
    void soIsOneThatOnlyATypeArgumentTellsOf() {
        refused(FluxSource.class, "FluxSource.get() cannot work: the method returns Flux");
    }

    static class NoFallback {
        @WithRetry(fallback = "missing")
        public String get(String id, int count) {
            return "";
        }
    }

    static class OtherParameters extends NoFallback {
        String missing(int count, String id) {
            return "";
        }
    }

    static class OtherResult extends NoFallback {
        Object missing(String id, int count) {
            return "";
        }
    }

    static class CheckedFallback extends NoFallback {
        String missing(String id, int count) throws IOException {
            throw new IOException();
        }
    }

    static class OtherGenerics {
        @WithRetry(fallback = "numbers")
        public List<String> get() {
            return List.of();
        }

        List<Integer> numbers() {
            return List.of();
        }
    }

    static class PlainForStage {
        @WithRetry(fallback = "plain")
        public CompletableFuture<String> get() {
            return new CompletableFuture<>();
        }

        String plain() {
            return "";
        }
    }

    static class TwoFallbacks {
        @WithRetry(fallback = "one")
        @WithCircuitBreaker(fallback = "two")
        public String get() {
            return "";
        }
    }

    @Test
    void aFallbackThatDoesNotFitIsRefused() {
        refused(
                NoFallback.class,
                "The fallback 'missing' of ",
                ".get(String, int) does not fit: there is no method of that name");
        refused(OtherParameters.class, "missing(int, String) has other parameters");
        refused(OtherResult.class, "missing(String, int) returns java.lang.Object");
        refused(CheckedFallback.class, "missing(String, int) throws IOException, which the method does not declare");
        refused(OtherGenerics.class, "numbers() returns java.util.List<java.lang.Integer>");
        refused(PlainForStage.class, "plain() returns java.lang.String");
        refused(TwoFallbacks.class, "has two fallbacks, 'two' and 'one'");
    }

    static class OneOverloadFits {
        @WithRetry(fallback = "cached")
        public String get(String id) {
            return "";
        }

        String cached(String id) {
            return "";
        }

        String cached(int other) {
            return "";
        }
    }

    static class OverloadReturnsOther extends OneOverloadFits {
        Object cached(String id, IllegalStateException failure) {
            return "";
        }
    }

    static class OverloadThrowsOther extends OneOverloadFits {
        String cached(String id, IllegalStateException failure) throws IOException {
            throw new IOException(failure);
        }
    }

    @Test
    void anOverloadWithTheParametersOfAFallbackThatCannotBeItIsRefusedEvenIfAnotherFits() {
        refused(
                OverloadReturnsOther.class,
                "get(String) does not fit: cached(String, IllegalStateException) returns java.lang.Object.");
        refused(
                OverloadThrowsOther.class,
                "get(String) does not fit: cached(String, IllegalStateException) throws IOException, which the method"
                        + " does not declare.");
        MeshRunner.runner().withBean(OneOverloadFits.class).run(context -> assertThat(context)
                .hasNotFailed());
    }

    abstract static class Store<V> {
        @WithRetry(fallback = "none")
        public V get() {
            throw new IllegalStateException();
        }
    }

    static class NumberStore extends Store<Integer> {
        String none() {
            return "";
        }
    }

    @Test
    void aFallbackThatReturnsAnotherTypeThanTheGenericMethodDoesHereIsRefused() {
        refused(NumberStore.class, "NumberStore.get() does not fit: none() returns java.lang.String");
    }

    static class BadNumber {
        @WithRetry(maxAttempts = "${attempts}")
        public String get() {
            return "";
        }
    }

    static class BadName {
        @WithRetry("Payments")
        public String get() {
            return "";
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    @Import(BadNumber.class)
    static class BadNumberShop {}

    @Configuration(proxyBeanMethods = false)
    @EnableMesh
    @Import(BadName.class)
    static class BadNameShop {}

    @Test
    void aSettingOnAnAnnotationThatCannotBeTakenIsNamedWithItsPlace(CapturedOutput output) {
        String place = "maxAttempts of @WithRetry on " + BadNumber.class.getName() + ".get is ";
        assertThat(Application.failure(output, BadNumberShop.class, "valid", "--attempts=many"))
                .contains(place + "many, but must be a whole number.");
        assertThat(Application.failure(output, BadNumberShop.class, "valid", "--attempts=0"))
                .contains(place + "0, but must be between 1 (no retry) and 1000000.");
        assertThat(Application.failure(output, BadNumberShop.class, "valid"))
                .contains(place + "\"${attempts}\", but there is no such property")
                .contains("Set the property, or give a default: ${name:default}.");
    }

    @Test
    void aNameThatCouldNotStandInPropertiesIsRefused(CapturedOutput output) {
        assertThat(Application.failure(output, BadNameShop.class, "valid"))
                .contains("'Payments', the name in @WithRetry on " + BadName.class.getName() + ".get, is not lower-case"
                        + " kebab")
                .contains("Give it a name such as @WithRetry(\"payments\").");
    }

    static class Shared {
        @WithCircuitBreaker(value = "payments", failureThreshold = "3")
        public String pay() {
            return "";
        }

        @WithCircuitBreaker("payments")
        public String refund() {
            return "";
        }
    }

    @Test
    void twoMethodsThatClaimOneNameWithDifferentSettingsAreNamedWithTheDifference() {
        MeshRunner.runner().withBean(Shared.class).run(context -> assertThat(reason(context))
                .contains(
                        "Shared.pay() ",
                        "Shared.refund() ",
                        " claim the circuit breaker 'payments' with different settings: failureThreshold ")
                .matches("(?s).*(3 against 5|5 against 3).*"));
    }

    static class SharedTimeout {
        @WithTimeout(value = "payments", timeout = "3s")
        public String pay() {
            return "";
        }

        @WithTimeout("payments")
        public String refund() {
            return "";
        }
    }

    @Test
    void twoMethodsThatClaimOneTimeoutWithDifferentSettingsAreNamedWithTheDifference() {
        MeshRunner.runner().withBean(SharedTimeout.class).run(context -> assertThat(reason(context))
                .contains(
                        "SharedTimeout.pay() ",
                        "SharedTimeout.refund() ",
                        " claim the timeout 'payments' with different settings: timeout ")
                .matches("(?s).*(PT3S against PT1S|PT1S against PT3S).*"));
        MeshRunner.runner()
                .withBean(SharedTimeout.class)
                .withPropertyValues("mesh.timeouts.payments.timeout=8s")
                .run(context -> assertThat(context).hasNotFailed());
    }

    static class TimedMono {
        @WithTimeout
        public Mono<String> get() {
            return Mono.empty();
        }
    }

    static class TimedFuture {
        @WithTimeout
        public Future<String> get() {
            return CompletableFuture.completedFuture("");
        }
    }

    static class TimedPrivate {
        @WithTimeout
        private String get() {
            return "";
        }
    }

    static class ThreeFallbacks {
        @WithRetry(fallback = "one")
        @WithCircuitBreaker(fallback = "one")
        @WithTimeout(fallback = "three")
        public String get() {
            return "";
        }
    }

    static class BadLimit {
        @WithTimeout(timeout = "0s")
        public String get() {
            return "";
        }
    }

    static class LimitWithoutUnit {
        @WithTimeout(timeout = "30")
        public String get() {
            return "";
        }
    }

    @Test
    void aTimeoutThatCannotWorkIsRefusedAsTheOthersAre() {
        refused(
                TimedMono.class,
                "@WithTimeout on " + TimedMono.class.getName() + ".get() cannot work: the method returns Mono");
        refused(TimedFuture.class, "the method returns Future");
        refused(TimedPrivate.class, "@WithTimeout on ", "the method is private");
        refused(ThreeFallbacks.class, "has two fallbacks, 'one' and 'three'");
        refused(
                BadLimit.class,
                "timeout of @WithTimeout on " + BadLimit.class.getName() + ".get is 0s, but must be longer than 0.");
        refused(LimitWithoutUnit.class, "is 30, but must be a duration with a unit: write 30s or 30ms.");
    }

    @Test
    void propertiesThatSettleTheDifferenceLetThemShare() {
        MeshRunner.runner()
                .withBean(Shared.class)
                .withPropertyValues("mesh.circuit-breakers.payments.failure-threshold=8")
                .run(context -> assertThat(context).hasNotFailed());
    }

    static class Elsewhere {
        static class Client {
            @WithRetry
            public String get() {
                return "";
            }
        }
    }

    static class Client {
        @WithRetry
        public String get() {
            return "";
        }
    }

    @Test
    void twoClassesOfTheSameNameDoNotShareADefaultNameByAccident() {
        refused(
                MeshRunner.runner().withBean("other", Elsewhere.Client.class),
                Client.class,
                "both have the default name 'client-get' and would share one retry policy");
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyAndPrototype {
        static boolean made;

        @Bean
        @Lazy
        Private lazy() {
            made = true;
            return new Private();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Prototypes {
        static boolean made;

        @Bean
        @Scope("prototype")
        Shared prototype() {
            made = true;
            return new Shared();
        }
    }

    @Test
    void lazyAndPrototypeBeansAreCheckedAtStartWithoutBeingMade() {
        MeshRunner.runner().withUserConfiguration(LazyAndPrototype.class).run(context -> {
            assertThat(reason(context)).contains("is private");
            assertThat(LazyAndPrototype.made).isFalse();
        });
        MeshRunner.runner().withUserConfiguration(Prototypes.class).run(context -> {
            assertThat(reason(context)).contains("different settings");
            assertThat(Prototypes.made).isFalse();
        });
    }

    interface Contract {
        String other();
    }

    static class NotInTheContract implements Contract {
        @Override
        public String other() {
            return "";
        }

        @WithRetry
        public String get() {
            return "";
        }
    }

    @Test
    void aMethodThatTheProxyDoesNotEvenHaveIsRefused() {
        refused(
                MeshRunner.runner().withPropertyValues("spring.aop.proxy-target-class=false"),
                NotInTheContract.class,
                "the bean is proxied by its interfaces, and none of them declares the method");
    }

    @Test
    void withoutBootsProxyingItIsProxiedByItsClassAndWorks() {
        MeshRunner.runner()
                .withPropertyValues("spring.aop.auto=false")
                .withBean(NotInTheContract.class)
                .run(context -> assertThat(context).hasNotFailed());
        refused(
                MeshRunner.runner().withPropertyValues("spring.aop.auto=false", "spring.aop.proxy-target-class=false"),
                NotInTheContract.class,
                "the bean is proxied by its interfaces");
    }

    static class FinalOfContract implements Contract {
        @Override
        @WithRetry
        public final String other() {
            return "";
        }
    }

    @Test
    void aFinalMethodIsFineIfTheProxyIsMadeOfTheInterface() {
        MeshRunner.runner()
                .withPropertyValues("spring.aop.proxy-target-class=false")
                .withBean(FinalOfContract.class)
                .run(context -> assertThat(context).hasNotFailed());
    }
}
