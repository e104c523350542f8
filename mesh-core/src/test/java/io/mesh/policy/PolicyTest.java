package io.mesh.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What every policy can do because it can call. */
class PolicyTest {

    private final List<String> order = new ArrayList<>();
    private final Policy policy = new Passing("policy", order);
    private final Policy both = new Passing("outer", order).around(new Passing("inner", order));

    @Test
    void theOuterPolicyIsEnteredFirstAndLeftLast() {
        String result = both.call(() -> {
            order.add("work");
            return "result";
        });

        assertThat(result).isEqualTo("result");
        assertThat(order).containsExactly("outer in", "inner in", "work", "inner out", "outer out");
    }

    @Test
    void theOuterPolicyIsEnteredFirstAndLeftLastForStages() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> call = both.callAsync(() -> {
            order.add("work");
            return stage;
        });

        stage.complete("result");

        assertThat(call).isCompletedWithValue("result");
        assertThat(order).containsExactly("outer in", "inner in", "work", "inner out", "outer out");
    }

    @Test
    void cancelReachesTheWorkThroughBothPolicies() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> call = both.callAsync(() -> stage);

        call.cancel(true);

        assertThat(stage).isCancelled();
    }

    @Test
    void aFailureReachesTheCallerThroughBothPoliciesAsItWasThrown() {
        IOException failure = new IOException();

        assertThat(catchThrowable(() -> both.run(() -> {
                    throw failure;
                })))
                .isSameAs(failure);
        assertThat(both.callAsync(() -> CompletableFuture.failedFuture(failure))
                        .handle((value, thrown) -> thrown)
                        .join())
                .isSameAs(failure);
    }

    @Test
    void threePoliciesKeepTheirOrderHoweverTheyArePutTogether() {
        Policy third = new Passing("third", order);

        both.around(third).run(() -> order.add("work"));

        assertThat(order)
                .containsExactly("outer in", "inner in", "third in", "work", "third out", "inner out", "outer out");
    }

    @Test
    void workWithoutAResultIsCalled() {
        policy.run(() -> order.add("work"));

        assertThat(order).containsExactly("policy in", "work", "policy out");
    }

    @Test
    void anInterruptReachesTheCallerAsItIs() {
        InterruptedException interrupt = new InterruptedException();
        IOException failure = new IOException();

        assertThat(catchThrowable(() -> policy.<String, IOException>callInterruptibly(() -> {
                    throw interrupt;
                })))
                .isSameAs(interrupt);
        assertThat(catchThrowable(() -> policy.<String, IOException>callInterruptibly(() -> {
                    throw failure;
                })))
                .isSameAs(failure);
    }

    @Test
    void workThatCanBeInterruptedReturnsItsResult() throws Exception {
        assertThat(policy.<String, IOException>callInterruptibly(() -> "result"))
                .isEqualTo("result");
    }

    @Test
    void decoratedWorkGoesThroughThePolicyEachTimeItIsCalled() throws Exception {
        CheckedSupplier<String, IOException> checked = policy.decorate(() -> "checked");
        Supplier<String> supplier = policy.decorateSupplier(() -> "supplied");
        Callable<String> callable = policy.decorateCallable(() -> "called");
        Runnable runnable = policy.decorateRunnable(() -> order.add("run"));
        assertThat(order).isEmpty();

        assertThat(List.of(checked.get(), supplier.get(), callable.call(), checked.get()))
                .containsExactly("checked", "supplied", "called", "checked");
        runnable.run();

        assertThat(order).filteredOn("policy in"::equals).hasSize(5);
    }

    @Test
    void decoratedWorkThrowsWhatTheWorkThrows() {
        IOException failure = new IOException();
        Callable<String> callable = policy.decorateCallable(() -> {
            throw failure;
        });

        assertThat(catchThrowable(callable::call)).isSameAs(failure);
    }
}
