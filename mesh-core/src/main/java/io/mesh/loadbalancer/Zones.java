package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ZoneConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Which part of the calls each zone gets, and who may be picked there; of one list. Immutable.
 *
 * <p>With l the share of all clients in a zone, and u the share of all instances there, by weight: the own zone gets
 * min(1, u / l) of the calls of its clients; each other zone of the rest a part in proportion to what it has to spare,
 * max(0, u - l). (Envoy, "Zone aware routing".) So if all clients do the same, every instance gets its share.
 */
final class Zones {

    /** Zones are not looked at. */
    static final Zones NONE = new Zones(List.of(), List.of(), new Division(new double[0], 0));

    private static final String METADATA = "zone";
    private static final long SALT = 0; // other than that of the key within the zone, which is hashed once

    private final List<String> names;
    private final List<Candidates> candidates;
    private final Division division;

    private Zones(List<String> names, List<Candidates> candidates, Division division) {
        this.names = names;
        this.candidates = candidates;
        this.division = division;
    }

    /**
     * The zones that have somebody who is free.
     *
     * @param weights how heavy those are together who are free, by zone; at least one
     * @param free who of them is called by this client, by zone
     */
    static Zones of(ZoneConfig config, Map<String, Long> weights, Map<String, Candidates> free) {
        List<String> names = new ArrayList<>();
        List<Candidates> candidates = new ArrayList<>();
        List<Double> parts = new ArrayList<>();
        parts(config, weights).forEach((zone, part) -> {
            Candidates some = free.get(zone);
            if (some != null && part > 0) {
                names.add(zone);
                candidates.add(some);
                parts.add(part);
            }
        });
        double[] division = parts.stream().mapToDouble(part -> part).toArray();
        return new Zones(List.copyOf(names), List.copyOf(candidates), new Division(division, SALT));
    }

    /** The zone that an instance says it is in; "" if it says nothing. */
    static String zone(ServiceInstance instance) {
        return instance.metadata().getOrDefault(METADATA, "");
    }

    /** Which part of the calls each zone gets; their sum is 1. */
    private static Map<String, Double> parts(ZoneConfig config, Map<String, Long> weights) {
        Map<String, Double> instances = new TreeMap<>();
        weights.forEach((zone, weight) -> instances.put(zone, (double) weight));
        normalize(instances);
        Map<String, Double> clients = clients(config, weights.keySet());
        String own = config.name();
        double local = Math.min(1, instances.getOrDefault(own, 0.0) / clients.getOrDefault(own, 1.0));
        Map<String, Double> parts = new TreeMap<>();
        instances.forEach((zone, share) -> {
            if (!zone.equals(own)) {
                parts.put(zone, Math.max(0, share - clients.getOrDefault(zone, 0.0)));
            }
        });
        normalize(parts);
        parts.replaceAll((zone, part) -> part * (1 - local));
        if (local > 0) {
            parts.put(own, local);
        }
        return parts;
    }

    private static Map<String, Double> clients(ZoneConfig config, Set<String> zones) {
        Map<String, Double> clients = new TreeMap<>();
        config.clients().forEach((zone, part) -> clients.put(zone, (double) part));
        if (clients.isEmpty()) {
            Set<String> known = new HashSet<>(zones);
            known.add(config.name());
            known.remove(""); // instances that say nothing have no clients beside them
            known.forEach(zone -> clients.put(zone, 1.0));
        }
        normalize(clients);
        return clients;
    }

    /** Leaves a sum of 0 as it is. */
    private static void normalize(Map<String, Double> parts) {
        double sum = parts.values().stream().mapToDouble(part -> part).sum();
        if (sum > 0) {
            parts.replaceAll((zone, part) -> part / sum);
        }
    }

    /** The same, ready to be picked from. */
    Zones preparedBy(Picker picker, Zones before) {
        List<Candidates> prepared = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            int known = before.names.indexOf(names.get(i));
            prepared.add(
                    candidates.get(i).preparedBy(picker, known < 0 ? Candidates.NONE : before.candidates.get(known)));
        }
        return new Zones(names, List.copyOf(prepared), division);
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /** Those of one zone. */
    Candidates draw(CallOptions options, RandomGenerator random) {
        return candidates.get(division.draw(options, random));
    }
}
