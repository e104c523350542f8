package io.mesh.model;

import java.util.Map;

/**
 * Where this client runs, so that calls stay in its zone as far as the instances there can bear them: Envoy's zone-aware
 * routing. The zone of an instance is its metadata {@code zone}.
 *
 * <p>A zone with its fair share of instances keeps all calls of its clients. One with less keeps what its instances can
 * bear; the rest goes to the zones with instances to spare, in proportion.
 *
 * @param name zone of this client
 * @param minInstances with fewer instances that may be called, zones are not looked at, 1 or more; default 6
 * @param clients how the calls of all clients are spread over the zones, as parts of any sum, each 0 or more, that of
 *     {@code name} 1 or more; empty, the default: evenly over the zones that have instances, and this one
 */
public record ZoneConfig(String name, int minInstances, Map<String, Integer> clients) {

    private static final int MIN_INSTANCES = 6;

    /**
     * Checks every component, and keeps the map as an unmodifiable copy.
     *
     * @throws InvalidSettingException if one is missing or out of its range
     */
    public ZoneConfig {
        Check.printable("name", name);
        Check.atLeast("minInstances", minInstances, 1);
        Check.present("clients", clients);
        clients = Map.copyOf(clients);
        clients.forEach((zone, part) -> Check.notNegative("clients", part));
        if (!clients.isEmpty() && clients.getOrDefault(name, 0) < 1) {
            throw new InvalidSettingException(
                    "clients", clients, "must have a part of 1 or more for '" + name + "', where this client runs");
        }
    }

    /**
     * A client in a zone, with the defaults.
     *
     * @param name the zone
     * @return the settings
     * @throws InvalidSettingException if the name is blank
     */
    public static ZoneConfig of(String name) {
        return new ZoneConfig(name, MIN_INSTANCES, Map.of());
    }
}
