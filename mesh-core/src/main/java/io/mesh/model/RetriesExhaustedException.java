package io.mesh.model;

/**
 * The note a retry policy leaves, as a suppressed exception, on a failure it has given up on after more
 * than one attempt, or because its budget is exhausted. The failure itself reaches the caller as it was thrown.
 *
 * <p>It says how often was tried and why no more. An outer retry policy that finds it does not repeat the
 * call, so that nested policies do not multiply (unless {@link RetryConfig#retryNested()} says so). It has
 * no stack trace.
 */
public final class RetriesExhaustedException extends MeshException {

    private static final long serialVersionUID = 1L;

    private final int attempts;
    private final long number;

    /**
     * Makes a note.
     *
     * @param policy name of the retry policy that gave up
     * @param attempts how many attempts were made, hedges that failed included, one or more
     * @param reason why there was no further one, as the end of a sentence: {@code that is maxAttempts}
     * @param number of the note in this process, more than that of every note before
     */
    public RetriesExhaustedException(String policy, int attempts, String reason, long number) {
        super(
                "Retry '" + policy + "' gave up after " + attempts + (attempts == 1 ? " attempt: " : " attempts: ")
                        + reason + ".",
                false);
        this.attempts = attempts;
        this.number = number;
    }

    /** {@return how many attempts were made, hedges that failed included} */
    public int attempts() {
        return attempts;
    }

    /** {@return the number of this note in this process; a note left later has a higher one} */
    public long number() {
        return number;
    }
}
