package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.model.CircuitState;
import io.mesh.proxy.Mesh;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import reactor.core.publisher.Mono;

class StagesTest {

    private final ApplicationContextRunner runner = MeshRunner.runner()
            .withBean(Backend.class)
            .withPropertyValues(
                    "mesh.defaults.retry.initial-delay=0s", "mesh.defaults.circuit-breaker.failure-threshold=2");

    static class Backend {

        private final List<CompletableFuture<String>> stages = new ArrayList<>();

        List<CompletableFuture<String>> stages() {
            return stages;
        }

        private CompletableFuture<String> stage() {
            CompletableFuture<String> stage = new CompletableFuture<>();
            stages.add(stage);
            return stage;
        }

        @WithCircuitBreaker("breaker")
        CompletionStage<String> guarded() {
            return stage();
        }

        @WithRetry("retry")
        CompletableFuture<String> retried() {
            return stage();
        }

        @WithRetry("eager")
        CompletableFuture<String> throwing() throws IOException {
            stages.add(new CompletableFuture<>());
            throw new IOException("call " + stages.size());
        }

        @WithCircuitBreaker(value = "caught", fallback = "cached")
        CompletableFuture<String> caught(String id) {
            return stage();
        }

        @SuppressWarnings("UnusedMethod") // called by its name
        private CompletableFuture<String> cached(String id, IOException failure) {
            return CompletableFuture.completedFuture(id + " " + failure.getMessage());
        }
    }

    @Test
    void aBreakerIsToldOfAStageWhenTheStageIsCompleted() {
        runner.run(context -> {
            Backend backend = context.getBean(Backend.class);
            Mesh mesh = context.getBean(Mesh.class);
            backend.guarded();
            backend.guarded();
            assertThat(mesh.circuitBreaker("breaker").state()).isEqualTo(CircuitState.CLOSED);

            backend.stages().forEach(stage -> stage.completeExceptionally(new IOException()));

            assertThat(mesh.circuitBreaker("breaker").state()).isEqualTo(CircuitState.OPEN);
        });
    }

    @Test
    void aStageThatFailsIsRetried() {
        runner.run(context -> {
            Backend backend = context.getBean(Backend.class);
            CompletableFuture<String> answer = backend.retried();
            backend.stages().get(0).completeExceptionally(new IOException());

            assertThat(backend.stages()).hasSize(2);
            backend.stages().get(1).complete("second");
            assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo("second");
        });
    }

    @Test
    void cancellingTheResultCancelsTheWork() {
        runner.run(context -> {
            Backend backend = context.getBean(Backend.class);

            backend.retried().cancel(true);

            assertThat(backend.stages().get(0)).isCancelled();
        });
    }

    @Test
    void whatAMethodThrowsInsteadOfAStageComesThroughTheStage() {
        runner.run(context -> {
            CompletableFuture<String> answer = context.getBean(Backend.class).throwing();

            assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS))
                    .cause()
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("call 3");
        });
    }

    @Test
    void aFallbackAnswersWithAStageOfItsOwn() {
        runner.run(context -> {
            Backend backend = context.getBean(Backend.class);
            CompletableFuture<String> answer = backend.caught("7");

            backend.stages().get(0).completeExceptionally(new IOException("gone"));

            assertThat(answer).isCompletedWithValue("7 gone");
        });
    }

    @Test
    void aFailureThatNoFallbackFitsComesThrough() {
        runner.run(context -> {
            Backend backend = context.getBean(Backend.class);
            CompletableFuture<String> answer = backend.caught("7");

            backend.stages().get(0).completeExceptionally(new IllegalStateException("odd"));

            assertThatThrownBy(answer::join).hasCauseExactlyInstanceOf(IllegalStateException.class);
        });
    }

    abstract static class Source<T> {
        @WithRetry(value = "source", maxAttempts = "2")
        T get() {
            return next();
        }

        abstract T next();
    }

    static class StageSource extends Source<CompletableFuture<String>> {

        private final AtomicInteger calls = new AtomicInteger();

        @Override
        CompletableFuture<String> next() {
            return calls.incrementAndGet() == 1
                    ? CompletableFuture.failedFuture(new IOException())
                    : CompletableFuture.completedFuture("second");
        }
    }

    @Test
    void aStageThatOnlyATypeArgumentTellsOfIsCovered() {
        runner.withBean(StageSource.class).run(context -> assertThat(
                        context.getBean(StageSource.class).get().get(10, TimeUnit.SECONDS))
                .isEqualTo("second"));
    }

    static class Undeclared {

        private final AtomicInteger calls = new AtomicInteger();

        AtomicInteger calls() {
            return calls;
        }

        @WithRetry(value = "undeclared", fallback = "none")
        Object get(Object result) {
            calls.incrementAndGet();
            return result;
        }

        @SuppressWarnings("UnusedMethod") // called by its name
        private Object none(Object result) {
            return "none of " + result;
        }
    }

    @Test
    void aResultToComeThatNoDeclarationTellsOfIsRefusedWhenItIsReturned() {
        runner.withBean(Undeclared.class).run(context -> {
            Undeclared bean = context.getBean(Undeclared.class);

            assertThat(bean.get("plain")).isEqualTo("plain");
            for (Object later : List.of(new CompletableFuture<>(), new FutureTask<>(() -> ""), Mono.empty())) {
                bean.calls().set(0);
                assertThatThrownBy(() -> bean.get(later))
                        .hasMessageContaining("Undeclared.get(Object) cannot work: the method is declared to return"
                                + " Object and has returned a "
                                + later.getClass().getSimpleName())
                        .hasMessageContaining("Declare it to return CompletionStage or CompletableFuture");
                assertThat(bean.calls()).hasValue(1);
            }
        });
    }
}
