package io.mesh.health;

/**
 * What one check came to.
 *
 * @param passed whether the instance is well
 * @param reason why it is, or is not, for people: {@code status 503}
 */
record CheckResult(boolean passed, String reason) {

    static CheckResult passed(String reason) {
        return new CheckResult(true, reason);
    }

    static CheckResult failed(String reason) {
        return new CheckResult(false, reason);
    }
}
