package io.mesh.circuitbreaker;

/** What is told as the failure of a call that hangs. */
enum StuckCall {
    STUCK
}
