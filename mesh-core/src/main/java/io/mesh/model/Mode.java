package io.mesh.model;

/** Whether Mesh does what it decides. */
public enum Mode {
    /** It does; the default. */
    ACT,
    /**
     * It decides, counts and tells what it would do, and does none of it: no call is rejected, repeated, cut short or
     * kept from an instance.
     */
    OBSERVE
}
