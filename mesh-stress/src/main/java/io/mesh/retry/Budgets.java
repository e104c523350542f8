package io.mesh.retry;

import io.mesh.event.EventQueue;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.time.Ticker;
import java.time.Duration;
import java.util.List;

/** Budgets for races. */
final class Budgets {

    private static final Ticker STILL = () -> 0;

    private Budgets() {}

    /** Of one retry that need not be earned, while time stands still. */
    static RetryBudget ofOne() {
        return budget(0, 1, Duration.ofSeconds(1), STILL);
    }

    /**
     * Of one retry that is earned by two calls that went well, once somebody has looked a second later. It lives for
     * longer, so that a retry counted by a reading of before that second is remembered after it.
     */
    static RetryBudget ofOneEarned(Ticker ticker) {
        RetryBudget budget = budget(0.5, 0, Duration.ofSeconds(10), ticker);
        budget.succeeded();
        budget.succeeded();
        return budget;
    }

    private static RetryBudget budget(double ratio, int minPerSecond, Duration ttl, Ticker ticker) {
        return new RetryBudget(
                "raced",
                new RetryBudgetConfig(ratio, minPerSecond, ttl, true),
                ticker,
                new EventQueue(List.of()),
                null,
                awoken -> {});
    }

    static boolean pays(RetryBudget budget) {
        return budget.withdraw(0) instanceof Withdrawal;
    }

    static Withdrawal taken(RetryBudget budget) {
        return (Withdrawal) budget.withdraw(0);
    }
}
