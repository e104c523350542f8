package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
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
    static final Zones NONE = new Zones(List.of(), List.of(), new double[0]);

    private static final String METADATA = "zone";
    private static final double FRACTION = 0x1p-53;
    private static final int SURPLUS_BITS = 11;

    private final List<String> names;
    private final List<Candidates> candidates;
    private final double[] upTo; // which part of the calls goes to this zone and those before

    private Zones(List<String> names, List<Candidates> candidates, double[] upTo) {
        this.names = names;
        this.candidates = candidates;
        this.upTo = upTo;
    }

    /** The zones of those who are free: at least one of them. */
    static Zones of(ZoneConfig config, List<Member> free) {
        Map<String, List<Member>> byZone = new TreeMap<>();
        for (Member member : free) {
            String zone = member.instance().metadata().getOrDefault(METADATA, "");
            byZone.computeIfAbsent(zone, name -> new ArrayList<>()).add(member);
        }
        Map<String, Double> parts = parts(config, byZone);
        List<String> names = new ArrayList<>();
        List<Candidates> candidates = new ArrayList<>();
        double[] upTo = new double[byZone.size()];
        double sum = 0;
        for (Map.Entry<String, Double> part : parts.entrySet()) {
            List<Member> members = byZone.get(part.getKey());
            if (members != null && part.getValue() > 0) {
                sum += part.getValue();
                upTo[names.size()] = sum;
                names.add(part.getKey());
                candidates.add(Candidates.of(members));
            }
        }
        return new Zones(List.copyOf(names), List.copyOf(candidates), upTo);
    }

    /** Which part of the calls each zone gets; their sum is 1. */
    static Map<String, Double> parts(ZoneConfig config, Map<String, List<Member>> byZone) {
        Map<String, Double> instances = new TreeMap<>();
        byZone.forEach((zone, members) -> instances.put(zone, (double) weight(members)));
        normalize(instances);
        Map<String, Double> clients = clients(config, byZone.keySet());
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

    private static long weight(List<Member> members) {
        return members.stream().mapToLong(member -> member.instance().weight()).sum();
    }

    /** The same, ready to be picked from. */
    Zones preparedBy(Picker picker, Zones before) {
        List<Candidates> prepared = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            int known = before.names.indexOf(names.get(i));
            prepared.add(
                    candidates.get(i).preparedBy(picker, known < 0 ? Candidates.NONE : before.candidates.get(known)));
        }
        return new Zones(names, List.copyOf(prepared), upTo);
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /** Those of one zone, by chance; for calls of one key always of the same while the parts are the same. */
    Candidates draw(CallOptions options, RandomGenerator random) {
        int last = names.size() - 1;
        if (last == 0) {
            return candidates.get(0);
        }
        String key = options.hashKey();
        double drawn = key == null
                ? random.nextDouble()
                : (KeyHash.mixed(KeyHash.of(key)) >>> SURPLUS_BITS) * FRACTION; // not as it is hashed within the zone
        int zone = 0;
        while (zone < last && drawn >= upTo[zone]) {
            zone++;
        }
        return candidates.get(zone);
    }
}
