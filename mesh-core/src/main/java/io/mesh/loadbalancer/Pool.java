package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.ZoneConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Those of a list from whom calls are picked by the strategy, which are all of them or a group. Immutable. First attempts
 * are picked from those of a zone, if zones are looked at.
 */
final class Pool {

    static final Pool NOBODY = new Pool(Candidates.NONE, new Endpoint[0], Zones.NONE);

    private final Candidates free;
    private final Endpoint[] restricted;
    private final Zones zones;

    private Pool(Candidates free, Endpoint[] restricted, Zones zones) {
        this.free = free;
        this.restricted = restricted;
        this.zones = zones;
    }

    /**
     * The pool of some lines.
     *
     * @param aperture who of them is called by this client; null: all
     * @param panic whether zones are not looked at, since those who are healthy are not the measure
     */
    static Pool of(List<Line> lines, LoadBalancerConfig config, @Nullable Aperture aperture, boolean panic) {
        Reach all = Reach.of(lines);
        ZoneConfig zone = config.zone();
        if (zone == null || panic || all.free().isEmpty() || all.size() < zone.minInstances()) {
            Reach reach = aperture == null ? all : aperture.of(lines);
            return new Pool(reach.free(), reach.restricted().toArray(new Endpoint[0]), Zones.NONE);
        }
        Map<String, List<Line>> byZone = new TreeMap<>();
        Map<String, Long> weights = new TreeMap<>(); // of those who are free
        for (Line line : lines) {
            String name = Zones.zone(line.instance());
            byZone.computeIfAbsent(name, zoneWithout -> new ArrayList<>()).add(line);
            if (line.access() == Access.FREE) {
                weights.merge(name, (long) line.weight(), Long::sum);
            }
        }
        Map<String, Candidates> free = new TreeMap<>();
        List<Endpoint> restricted = new ArrayList<>();
        byZone.forEach((name, some) -> {
            Reach reach = aperture == null ? Reach.of(some) : aperture.of(some);
            restricted.addAll(reach.restricted());
            if (!reach.free().isEmpty()) {
                free.put(name, reach.free());
            }
        });
        Candidates whole = aperture == null ? all.free() : Candidates.together(free.values());
        return new Pool(whole, restricted.toArray(new Endpoint[0]), Zones.of(zone, weights, free));
    }

    /** The same, ready to be picked from. */
    Pool preparedBy(Picker picker, Pool before) {
        return new Pool(free.preparedBy(picker, before.free), restricted, zones.preparedBy(picker, before.zones));
    }

    /** The only ones that first attempts are picked from; null if that differs from call to call. */
    @Nullable
    Candidates only() {
        return zones.isEmpty() ? free : null;
    }

    /** Whom the first attempt of a call is picked from. */
    Candidates firstFor(CallOptions options, RandomGenerator random) {
        return zones.isEmpty() ? free : zones.draw(options, random);
    }

    /** Who may be picked like any other. */
    Candidates free() {
        return free;
    }

    /** Who may be picked, and is not free. */
    Endpoint[] restricted() {
        return restricted;
    }

    void addTo(Set<Endpoint> pickable) {
        pickable.addAll(List.of(free.endpoints()));
        pickable.addAll(List.of(restricted));
    }
}
