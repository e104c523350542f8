package io.mesh.model;

import org.jspecify.annotations.Nullable;

/**
 * How many instances of a very large service this client calls, so that it need not have connections to all: Finagle's
 * deterministic aperture. The instances lie on a ring, each as long as it is heavy, and so do the clients, evenly; each
 * calls those within its aperture, and the first and the last of them in proportion to the part that lies within. Apertures
 * are as long as a whole number of clients, so every instance is called by the same number.
 *
 * @param size at least how many instances are called, 1 or more; default 12
 * @param client which of the clients this is, from 0; null, the default: not known, its place is drawn by chance, and the
 *     instances are called evenly only if there are many clients
 * @param clients how many clients there are, more than {@code client}; null if and only if that is. With {@code zone}, both
 *     are of the clients of the same zone
 */
public record ApertureConfig(
        int size, @Nullable Integer client, @Nullable Integer clients) {

    /** Twelve: Finagle's, four for an even load, the rest for when some are lost. */
    private static final ApertureConfig DEFAULTS = new ApertureConfig(12, null, null);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range, or one of two is missing
     */
    public ApertureConfig {
        Check.atLeast("size", size, 1);
        if (client == null ? clients != null : clients == null) {
            throw new InvalidSettingException(
                    client == null ? "client" : "clients", null, "must be given where the other of both is");
        }
        if (client != null && clients != null) {
            Check.notNegative("client", client);
            if (clients <= client) {
                throw new InvalidSettingException(
                        "clients", clients, "must be more than client (" + client + "), which is counted from 0");
            }
        }
    }

    /** {@return twelve instances, of a client at a place drawn by chance} */
    public static ApertureConfig defaults() {
        return DEFAULTS;
    }

    /**
     * Of a client whose place is drawn by chance.
     *
     * @param size at least how many instances are called, 1 or more
     * @return the settings
     * @throws InvalidSettingException if it is out of its range
     */
    public static ApertureConfig of(int size) {
        return new ApertureConfig(size, null, null);
    }
}
