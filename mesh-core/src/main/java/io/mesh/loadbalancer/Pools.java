package io.mesh.loadbalancer;

import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.SubsetConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The pools of a list, one for each subset and one for the rest, and the routes of calls over them. Immutable.
 *
 * <ol>
 * <li>Whoever is of a subset with a share gets that share of the calls that name no subset, and no others of these.
 * <li>The share of a subset in which nobody is free goes to the rest. So do further attempts of all these calls, and only if
 *     nobody of the rest is left to the subsets with a share above 0.
 * <li>A subset without fallback is left by no call that names it.
 * </ol>
 */
final class Pools {

    static final Pools NONE = new Pools(Map.of(), Pool.NOBODY, Map.of());

    private static final int ALL = 100;

    private final Map<String, SubsetConfig> settings;
    private final Pool rest;
    private final Map<String, Pool> subsets;
    private final Route unnamed;
    private final Map<String, Route> named;

    private Pools(Map<String, SubsetConfig> settings, Pool rest, Map<String, Pool> subsets) {
        this.settings = settings;
        this.rest = rest;
        this.subsets = subsets;
        this.unnamed = subsets.isEmpty() ? Route.to(rest) : routeOfUnnamed();
        this.named = new TreeMap<>();
        subsets.forEach(
                (name, pool) -> named.put(name, setting(name).fallback() ? Route.to(pool, unnamed) : Route.to(pool)));
    }

    /**
     * The pools of some lines.
     *
     * @param aperture whom this client calls; null: all
     * @param panic whether those who are healthy are not the measure
     */
    static Pools of(List<Line> lines, LoadBalancerConfig config, @Nullable Aperture aperture, boolean panic) {
        Map<String, Pool> subsets = new TreeMap<>();
        Set<Line> reserved = new HashSet<>();
        config.subsets().forEach((name, subset) -> {
            List<Line> its = lines.stream()
                    .filter(line -> subset.includes(line.instance()))
                    .toList();
            subsets.put(name, Pool.of(its, config, aperture, panic));
            if (subset.percent() != null) {
                reserved.addAll(its);
            }
        });
        List<Line> rest = reserved.isEmpty()
                ? lines
                : lines.stream().filter(line -> !reserved.contains(line)).toList();
        return new Pools(config.subsets(), Pool.of(rest, config, aperture, panic), subsets);
    }

    private SubsetConfig setting(String subset) {
        return Objects.requireNonNull(settings.get(subset));
    }

    private Route routeOfUnnamed() {
        List<Pool> drawn = new ArrayList<>();
        List<Integer> parts = new ArrayList<>();
        List<Pool> inOrder = new ArrayList<>(List.of(rest));
        int left = ALL;
        for (Map.Entry<String, Pool> subset : subsets.entrySet()) {
            Integer percent = setting(subset.getKey()).percent();
            if (percent != null && percent > 0) {
                inOrder.add(subset.getValue());
                if (!subset.getValue().free().isEmpty()) {
                    drawn.add(subset.getValue());
                    parts.add(percent);
                    left -= percent;
                }
            }
        }
        if (drawn.isEmpty() || (left > 0 && !rest.free().isEmpty())) {
            drawn.add(rest);
            parts.add(left);
        }
        return Route.of(drawn, parts, inOrder);
    }

    /** The same, ready to be picked from. */
    Pools preparedBy(Picker picker, Pools before) {
        Map<String, Pool> prepared = new TreeMap<>();
        subsets.forEach((name, pool) ->
                prepared.put(name, pool.preparedBy(picker, before.subsets.getOrDefault(name, Pool.NOBODY))));
        return new Pools(settings, rest.preparedBy(picker, before.rest), prepared);
    }

    /** The route of calls that name no subset. */
    Route unnamed() {
        return unnamed;
    }

    /** The route of calls that name a subset; null if there is none of that name. */
    @Nullable
    Route named(String subset) {
        return named.get(subset);
    }

    /** Who may be picked by this client, in one way or another. */
    Set<Endpoint> pickable() {
        Set<Endpoint> pickable = new HashSet<>();
        rest.addTo(pickable);
        subsets.values().forEach(pool -> pool.addTo(pickable));
        return pickable;
    }
}
