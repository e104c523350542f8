package io.mesh.spring.aop;

/** An annotation cannot work where it stands. The message says why. */
final class InvalidGuardException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String mend;

    /**
     * Makes the exception.
     *
     * @param problem what is wrong
     * @param mend what to do about it
     */
    InvalidGuardException(String problem, String mend) {
        super(problem);
        this.mend = mend;
    }

    String mend() {
        return mend;
    }
}
