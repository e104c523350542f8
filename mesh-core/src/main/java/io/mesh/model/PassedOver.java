package io.mesh.model;

/** Why an instance could not be chosen by one pick. */
public enum PassedOver {
    /** The call had been there, or had been refused there. */
    TRIED,
    /** Its circuit was open, or half-open with no place for a trial. */
    OPEN,
    /** It had asked for time, by {@code Retry-After} or the like. */
    HINTED,
    /** It was marked unhealthy, found so by checks, or not yet checked. */
    UNHEALTHY,
    /** Its weight was 0. */
    DRAINED,
    /** The call was for another zone. */
    OTHER_ZONE,
    /** The call named another subset, was drawn for another one, or the instance is only for those of its subset. */
    OTHER_SUBSET,
    /** This client does not call it; see {@link ApertureConfig}. */
    BEYOND_APERTURE,
    /** It was chosen, but is new and takes only a part of its calls; see {@link SlowStartConfig}. */
    SLOW_START
}
