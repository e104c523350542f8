package io.mesh.event;

/**
 * Hears what happens. Called on the thread on which it happened, or on one that is just delivering for the
 * same source; never two calls at once for one source, but for different sources there may be. Should be
 * quick: while it blocks, at most 1,024 events of that source wait, older ones are lost and counted. What it
 * throws is logged and harms nobody.
 */
@FunctionalInterface
public interface MeshListener {

    /**
     * Hears one event.
     *
     * @param event what happened
     */
    void onEvent(MeshEvent event);
}
