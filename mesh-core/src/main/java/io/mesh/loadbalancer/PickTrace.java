package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import io.mesh.model.PassedOver;
import io.mesh.model.PickExplanation;
import io.mesh.model.PickExplanation.Choice;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one pick has looked at. Written by the thread that picks, before others can see it. */
final class PickTrace {

    private static final int MOST = 100;

    private final EndpointList list;
    private final Route route;
    private final CallOptions options;
    private final Set<Endpoint> tried;
    private final long at;
    private final Map<Endpoint, PassedOver> restricted = new HashMap<>(); // as it was at the time
    private Candidates from = Candidates.NONE;
    private Choice choice = Choice.NONE;
    private @Nullable Endpoint chosen;
    private @Nullable Endpoint slow;

    PickTrace(EndpointList list, Route route, CallOptions options, Collection<Endpoint> tried, long at) {
        this.list = list;
        this.route = route;
        this.options = options;
        this.tried = Set.copyOf(tried);
        this.at = at;
        for (Endpoint endpoint : route.restricted()) {
            restricted.put(endpoint, endpoint.availability().whyNotFree());
        }
    }

    long at() {
        return at;
    }

    /** It has chosen one that did not take the call. */
    void slow(Endpoint endpoint) {
        this.slow = endpoint;
    }

    /** The strategy has chosen it from these. */
    void chosen(Endpoint endpoint, Candidates candidates) {
        this.from = candidates;
        chosen(endpoint, Choice.STRATEGY);
    }

    void chosen(@Nullable Endpoint endpoint, Choice by) {
        this.chosen = endpoint;
        this.choice = endpoint == null ? Choice.NONE : by;
    }

    PickExplanation explain(Duration age) {
        Set<Endpoint> candidates = new HashSet<>(List.of(from.endpoints()));
        Set<Endpoint> onRoute = new HashSet<>(route.endpoints());
        Map<String, PassedOver> passedOver = new LinkedHashMap<>();
        int more = 0;
        for (Line line : list.lines()) {
            PassedOver why = line.endpoint() == chosen ? null : why(line, candidates, onRoute);
            if (why != null && passedOver.size() < MOST) {
                passedOver.put(line.endpoint().id(), why);
            } else if (why != null) {
                more++;
            }
        }
        Endpoint one = chosen;
        return new PickExplanation(
                age,
                one == null ? null : one.id(),
                choice,
                choice == Choice.STRATEGY ? from.size() : 0,
                Collections.unmodifiableMap(passedOver),
                more);
    }

    private @Nullable PassedOver why(Line line, Set<Endpoint> candidates, Set<Endpoint> onRoute) {
        Endpoint endpoint = line.endpoint();
        if (line.standing() == Standing.DRAINED) {
            return PassedOver.DRAINED;
        }
        if (line.access() == Access.KEPT_OUT) {
            return PassedOver.UNHEALTHY;
        }
        if (tried.contains(endpoint)) {
            return PassedOver.TRIED;
        }
        PassedOver itsRestriction = restricted.get(endpoint);
        if (itsRestriction != null) {
            return itsRestriction;
        }
        if (!onRoute.contains(endpoint)) {
            return isOnlyTooFar(line) ? PassedOver.BEYOND_APERTURE : PassedOver.OTHER_SUBSET;
        }
        if (choice == Choice.STRATEGY && !candidates.contains(endpoint)) {
            return isOfOtherZone(line) ? PassedOver.OTHER_ZONE : PassedOver.OTHER_SUBSET;
        }
        return endpoint == slow ? PassedOver.SLOW_START : null;
    }

    /** Whether the subset would not have kept the call from it. */
    private boolean isOnlyTooFar(Line line) {
        return list.config().aperture() != null && list.isOf(options.subset(), line);
    }

    private boolean isOfOtherZone(Line line) {
        return list.config().zone() != null
                && !from.isEmpty()
                && !Zones.zone(line.instance()).equals(Zones.zone(from.get(0).instance()));
    }
}
