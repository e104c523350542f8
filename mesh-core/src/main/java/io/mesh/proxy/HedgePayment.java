package io.mesh.proxy;

import io.mesh.retry.Withdrawal;
import org.jspecify.annotations.Nullable;

/**
 * What one hedge has been paid with.
 *
 * @param from the service's budget of hedges
 * @param at when
 * @param retry from the service's retry budget, or null if it has none
 */
record HedgePayment(HedgeBudget from, long at, @Nullable Withdrawal retry) {

    /** The hedge is not sent after all. */
    void giveBack() {
        from.giveBack(at);
        if (retry != null) {
            retry.giveBack();
        }
    }
}
