package io.mesh.sample.backend;

import java.util.Locale;

/** How a backend behaves. */
enum BackendMode {
    /** It works. */
    WELL,
    /** It takes every request and answers 500. */
    FAIL,
    /** It answers right, but later than the shop waits. */
    SLOW,
    /** Nobody listens at its port. */
    REFUSE;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
