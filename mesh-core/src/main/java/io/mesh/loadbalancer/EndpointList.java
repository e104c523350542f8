package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ZoneConfig;
import io.mesh.time.Ticker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All that a pick looks at, computed once and swapped as one: who is in the list, who of them may be picked,
 * and by which strategy. Immutable; every change makes another list.
 *
 * <ol>
 * <li>{@link #free} are {@link #eligible}, and free by their {@link Availability}; {@link #restricted} are eligible and
 *     not free. Nobody else is ever picked.
 * <li>Eligible are those that are healthy and not drained; in a panic all that are not drained; if there are none of
 *     these, those of which nothing is known yet.
 * <li>An id is in the list once, and keeps its endpoint from list to list.
 * <li>What the strategy keeps of an endpoint, too, is kept from list to list while the strategy is the same.
 * <li>What the strategy computes for {@link #free} is there only if the list is {@link #prepared}.
 * </ol>
 */
final class EndpointList {

    private final LoadBalancerConfig config;
    private final Picker picker;
    private final boolean timed;
    private final Member[] members;
    private final Map<String, Endpoint> byId;
    private final Candidates free;
    private final Endpoint[] restricted;
    private final int unhealthy;
    private final int drained;
    private final long version;
    private final boolean panic;
    private final Ticker ticker;
    private final SlowStart slowStart;
    private final Zones zones;

    private EndpointList(
            LoadBalancerConfig config,
            Picker picker,
            Member[] members,
            Map<String, Endpoint> byId,
            Ticker ticker,
            @Nullable EndpointList before) {
        this.version = before == null ? 0 : before.version + 1;
        this.ticker = ticker;
        this.config = config;
        this.picker = picker;
        this.members = members;
        this.byId = byId;
        Standing[] standings = Standing.of(members);
        this.panic = Standing.isPanic(standings, config.panicThreshold());
        List<Standing> eligible = Standing.eligible(standings, panic);
        List<Member> open = new ArrayList<>(members.length);
        List<Endpoint> closed = new ArrayList<>();
        int unhealthyCount = 0;
        int drainedCount = 0;
        for (int i = 0; i < members.length; i++) {
            Member member = members[i];
            if (standings[i] == Standing.DRAINED) {
                drainedCount++;
            } else if (!eligible.contains(standings[i])) {
                unhealthyCount++;
            } else if (member.endpoint().availability().isFree()) {
                open.add(member);
            } else {
                closed.add(member.endpoint());
            }
        }
        this.unhealthy = unhealthyCount;
        this.drained = drainedCount;
        this.restricted = closed.toArray(new Endpoint[0]);
        this.free = Candidates.of(open);
        this.zones = zones(config.zone(), open);
        this.timed = picker.measuresLatency();
        this.slowStart = config.slowStart() == null || before == null
                ? SlowStart.OVER
                : before.slowStart.next(config.slowStart(), before.pickable(), pickable(), ticker);
    }

    /** Nothing of zones in a panic, when those who are healthy are not the measure, nor among few. */
    private Zones zones(@Nullable ZoneConfig zone, List<Member> open) {
        if (zone == null || panic || open.isEmpty() || open.size() + restricted.length < zone.minInstances()) {
            return Zones.NONE;
        }
        return Zones.of(zone, open);
    }

    /** Free or not. */
    private Set<Endpoint> pickable() {
        Set<Endpoint> pickable = new HashSet<>(List.of(free.endpoints()));
        pickable.addAll(List.of(restricted));
        return pickable;
    }

    /** The list, with other candidates. */
    private EndpointList(EndpointList list, Candidates free, Zones zones) {
        this.version = list.version;
        this.config = list.config;
        this.picker = list.picker;
        this.timed = list.timed;
        this.members = list.members;
        this.byId = list.byId;
        this.restricted = list.restricted;
        this.unhealthy = list.unhealthy;
        this.drained = list.drained;
        this.panic = list.panic;
        this.ticker = list.ticker;
        this.slowStart = list.slowStart;
        this.zones = zones;
        this.free = free;
    }

    static EndpointList empty(LoadBalancerConfig config, Picker picker, Ticker ticker) {
        return new EndpointList(config, picker, new Member[0], Map.of(), ticker, null);
    }

    /** The same list, ready for picks: with what the strategy computes for it, which may take some milliseconds. */
    EndpointList prepared(EndpointList before) {
        boolean same = before.picker == picker;
        return new EndpointList(
                this,
                free.preparedBy(picker, same ? before.free : Candidates.NONE),
                zones.preparedBy(picker, same ? before.zones : Zones.NONE));
    }

    /** Greater than that of the list this one was made from. */
    long version() {
        return version;
    }

    /** Whether every pick needs the time. */
    boolean isTimed() {
        return timed;
    }

    LoadBalancerConfig config() {
        return config;
    }

    Picker picker() {
        return picker;
    }

    List<Member> members() {
        return List.of(members);
    }

    @Nullable
    Endpoint endpoint(String id) {
        return byId.get(id);
    }

    Candidates free() {
        return free;
    }

    /** Those from whom the first attempt of a call is picked. */
    Candidates freeFor(CallOptions options, RandomGenerator random) {
        return zones.isEmpty() ? free : zones.draw(options, random);
    }

    Endpoint[] restricted() {
        return restricted;
    }

    /** Who takes only a part of its calls. */
    SlowStart slowStart() {
        return slowStart;
    }

    boolean isAllFree() {
        return restricted.length == 0;
    }

    int known() {
        return members.length;
    }

    /** How many may be picked, as far as their weight and health go. */
    int eligible() {
        return free.size() + restricted.length;
    }

    /** Whether so few are healthy that health is not looked at. */
    boolean isPanic() {
        return panic;
    }

    /** How many are kept out because they are not healthy. */
    int unhealthy() {
        return unhealthy;
    }

    int drained() {
        return drained;
    }

    /** The same list, with the availabilities of this moment. Always another object: see {@link LoadBalancer}. */
    EndpointList refreshed() {
        return with(members);
    }

    EndpointList with(LoadBalancerConfig newConfig, Picker newPicker) {
        Member[] same = newPicker == picker
                ? members
                : Arrays.stream(members).map(member -> member.under(newPicker)).toArray(Member[]::new);
        return new EndpointList(newConfig, newPicker, same, byId, ticker, this);
    }

    /** One more at the end, or other data for an id that is known. */
    EndpointList plus(ServiceInstance instance, Function<ServiceInstance, Endpoint> maker) {
        Endpoint known = byId.get(instance.id());
        if (known != null) {
            return changed(known, member -> member.with(instance));
        }
        Member[] more = Arrays.copyOf(members, members.length + 1);
        more[members.length] = maker.apply(instance).member().under(picker);
        return with(more, byIdOf(more));
    }

    EndpointList minus(Endpoint endpoint) {
        Member[] fewer = Arrays.stream(members)
                .filter(member -> member.endpoint() != endpoint)
                .toArray(Member[]::new);
        return with(fewer, byIdOf(fewer));
    }

    EndpointList changed(Endpoint endpoint, Function<Member, Member> change) {
        Member[] changed = members.clone();
        for (int i = 0; i < changed.length; i++) {
            if (changed[i].endpoint() == endpoint) {
                changed[i] = change.apply(changed[i]);
            }
        }
        return isSame(changed) ? this : with(changed);
    }

    /** These and no others, in this order; ids that are known keep their endpoints and health marks. */
    EndpointList replaced(List<ServiceInstance> instances, Function<ServiceInstance, Endpoint> maker) {
        Map<String, Member> old = new LinkedHashMap<>();
        for (Member member : members) {
            old.put(member.instance().id(), member);
        }
        Member[] replaced = new Member[instances.size()];
        for (int i = 0; i < replaced.length; i++) {
            ServiceInstance instance = instances.get(i);
            Member known = old.get(instance.id());
            replaced[i] = known == null ? maker.apply(instance).member().under(picker) : known.with(instance);
        }
        return isSame(replaced) ? this : with(replaced, byIdOf(replaced));
    }

    private boolean isSame(Member[] others) {
        if (others.length != members.length) {
            return false;
        }
        for (int i = 0; i < members.length; i++) {
            if (members[i] != others[i]) {
                return false;
            }
        }
        return true;
    }

    private EndpointList with(Member[] newMembers) {
        return with(newMembers, byId);
    }

    private EndpointList with(Member[] newMembers, Map<String, Endpoint> newById) {
        return new EndpointList(config, picker, newMembers, newById, ticker, this);
    }

    private static Map<String, Endpoint> byIdOf(Member[] members) {
        Map<String, Endpoint> byId = new LinkedHashMap<>();
        for (Member member : members) {
            byId.put(member.instance().id(), member.endpoint());
        }
        return byId;
    }

    /** Those of this list that are not in a later one. */
    List<Endpoint> missingIn(EndpointList later) {
        List<Endpoint> missing = new ArrayList<>();
        if (later.byId != byId) {
            for (Member member : members) {
                if (later.byId.get(member.instance().id()) != member.endpoint()) {
                    missing.add(member.endpoint());
                }
            }
        }
        return missing;
    }

    /** Lets every endpoint show what this list says of it. */
    void show() {
        for (Member member : members) {
            member.endpoint().tell(member);
        }
    }
}
