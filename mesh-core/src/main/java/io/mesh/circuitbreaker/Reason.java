package io.mesh.circuitbreaker;

/** Why a circuit changed its state, for people. */
final class Reason {

    static final String NEW = "new";
    static final String OPEN_TIME_OVER = "open time over";
    static final String TRIAL_FAILED = "a trial call failed";
    static final String TRIAL_SLOW = "a trial call was slow";
    static final String FORCED = "forced";
    static final String DISABLED = "disabled";
    static final String RESET = "reset";

    private Reason() {}

    static String consecutiveFailures(int failures) {
        return failures == 1 ? "1 failure" : failures + " consecutive failures";
    }

    static String failureRate(Rates rates) {
        return rates.failed() + " of " + rates.calls() + " calls failed";
    }

    static String slowRate(Rates rates) {
        return rates.slow() + " of " + rates.calls() + " calls were slow";
    }

    static String onlyObserved(String reason) {
        return reason + " (only observed)";
    }

    static String wouldHaveOpened(String reason) {
        return "would have opened: " + reason;
    }

    static String trialsSucceeded(int trials) {
        return trials == 1 ? "1 trial call succeeded" : trials + " trial calls succeeded";
    }

    static String trialsIgnored(int trials) {
        return trials == 1
                ? "1 trial call was no evidence, none failed"
                : trials + " trial calls were no evidence, none failed";
    }
}
