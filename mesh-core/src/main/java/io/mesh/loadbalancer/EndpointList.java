package io.mesh.loadbalancer;

import io.mesh.model.ApertureConfig;
import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.model.SubsetConfig;
import io.mesh.time.Ticker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All that a pick looks at, computed once and swapped as one: who is in the list, who of them may be picked,
 * and by which strategy. Immutable; every change makes another list.
 *
 * <ol>
 * <li>Nobody is picked who is not {@link #eligible}: who is healthy and not drained; in a panic who is not drained; if
 *     none of these is free, also those of whom nothing is known yet.
 * <li>An id is in the list once, and keeps its endpoint from list to list.
 * <li>What the strategy keeps of an endpoint, too, is kept from list to list while the strategy is the same.
 * <li>What the strategy computes for its candidates is there only if the list is {@link #prepared}.
 * </ol>
 */
final class EndpointList {

    private final LoadBalancerConfig config;
    private final Picker picker;
    private final boolean timed;
    private final Member[] members;
    private final Map<String, Endpoint> byId;
    private final long version;
    private final Ticker ticker;
    private final double place;
    private final @Nullable PickLog log;
    private final List<Line> lines;
    private final boolean panic;
    private final SlowStart slowStart;
    private final Pools pools;
    private final @Nullable Candidates only;
    private final boolean allFree;
    private final boolean prepared;

    private EndpointList(
            LoadBalancerConfig config,
            Picker picker,
            Member[] members,
            Map<String, Endpoint> byId,
            Ticker ticker,
            double place,
            @Nullable EndpointList before) {
        this.version = before == null ? 0 : before.version + 1;
        this.ticker = ticker;
        this.place = place;
        this.log = null;
        this.config = config;
        this.picker = picker;
        this.timed = picker.measuresLatency();
        this.members = members;
        this.byId = byId;
        Standing[] standings = Standing.of(members);
        this.panic = Standing.isPanic(standings, config.panicThreshold());
        boolean[] free = new boolean[members.length]; // read once: breakers change meanwhile
        for (int i = 0; i < free.length; i++) {
            free[i] = members[i].endpoint().availability().isFree();
        }
        Set<Standing> eligible = Standing.eligible(standings, free, panic);
        List<Line> read = new ArrayList<>(members.length);
        for (int i = 0; i < members.length; i++) {
            read.add(new Line(members[i], standings[i], access(free[i], eligible.contains(standings[i]))));
        }
        this.lines = read;
        ApertureConfig aperture = config.aperture();
        this.pools = Pools.of(read, config, aperture == null ? null : new Aperture(aperture, place), panic);
        this.slowStart = config.slowStart() == null || before == null
                ? SlowStart.OVER
                : before.slowStart.next(config.slowStart(), before.reachable(), reachable(), ticker);
        this.only = pools.unnamed().only();
        this.allFree = pools.unnamed().restricted().length == 0;
        this.prepared = false;
    }

    private static Access access(boolean free, boolean eligible) {
        if (!eligible) {
            return Access.KEPT_OUT;
        }
        return free ? Access.FREE : Access.RESTRICTED;
    }

    /** The same, but for what is given. */
    private EndpointList(EndpointList list, Pools pools, @Nullable PickLog log) {
        this.version = list.version;
        this.config = list.config;
        this.picker = list.picker;
        this.timed = list.timed;
        this.members = list.members;
        this.byId = list.byId;
        this.lines = list.lines;
        this.panic = list.panic;
        this.ticker = list.ticker;
        this.place = list.place;
        this.log = log;
        this.slowStart = list.slowStart;
        this.pools = pools;
        this.only = log == null ? pools.unnamed().only() : null;
        this.allFree = list.allFree;
        this.prepared = true;
    }

    /**
     * A list of nobody.
     *
     * @param place of this client among all, if nothing else is known of that, from 0 to below 1
     */
    static EndpointList empty(LoadBalancerConfig config, Picker picker, Ticker ticker, double place) {
        return new EndpointList(config, picker, new Member[0], Map.of(), ticker, place, null);
    }

    /** The same list, ready for picks, not logged: with what the strategy computes for it, which may take some milliseconds. */
    EndpointList prepared(EndpointList before) {
        if (prepared) {
            return this;
        }
        return new EndpointList(
                this, pools.preparedBy(picker, before.picker == picker ? before.pools : Pools.NONE), null);
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

    List<ServiceInstance> instances() {
        return Arrays.stream(members).map(Member::instance).toList();
    }

    @Nullable
    Endpoint endpoint(String id) {
        return byId.get(id);
    }

    /** Who keeps what picks have looked at; null if nobody asks. */
    @Nullable
    PickLog log() {
        return log;
    }

    /** The same list, whose picks are logged, or not. */
    EndpointList logged(@Nullable PickLog by) {
        return log == by ? this : new EndpointList(this, pools, by);
    }

    /**
     * The only ones that first attempts of calls that name no subset are picked from; null if that differs from call to
     * call, or picks are logged. A short cut: it is what the route says.
     */
    @Nullable
    Candidates only() {
        return only;
    }

    /** Whether nobody is restricted whom a call may go to that names no subset. */
    boolean isAllFree() {
        return allFree;
    }

    /** Where calls that name this subset go, or no subset; null if there is none of that name. */
    @Nullable
    Route route(@Nullable String subset) {
        return subset == null ? pools.unnamed() : pools.named(subset);
    }

    /** Who takes only a part of its calls. */
    SlowStart slowStart() {
        return slowStart;
    }

    /** What this list says of each, in order. */
    List<Line> lines() {
        return lines;
    }

    /** Those of a subset; all, if none is named. */
    List<Line> lines(@Nullable String subset) {
        return subset == null
                ? lines
                : lines.stream().filter(line -> isOf(subset, line)).toList();
    }

    /** Whether it is of a subset; true, if none is named. */
    boolean isOf(@Nullable String subset, Line line) {
        SubsetConfig its = subset == null ? null : config.subsets().get(subset);
        return its == null || its.includes(line.instance());
    }

    /** Who may be picked by this client, as far as weight, health and its aperture go. */
    Set<Endpoint> eligible() {
        return config.aperture() == null ? reachable() : pools.pickable();
    }

    /** How many these are. */
    int countEligible() {
        if (config.aperture() != null) {
            return eligible().size();
        }
        int count = 0;
        for (Line line : lines) {
            count += line.access() == Access.KEPT_OUT ? 0 : 1;
        }
        return count;
    }

    /** Who may be picked by some client. */
    private Set<Endpoint> reachable() {
        Set<Endpoint> reachable = new LinkedHashSet<>();
        for (Line line : lines) {
            if (line.access() != Access.KEPT_OUT) {
                reachable.add(line.endpoint());
            }
        }
        return reachable;
    }

    /** Whether so few are healthy that health is not looked at. */
    boolean isPanic() {
        return panic;
    }

    /** The same list, with the availabilities of this moment. Always another object: see {@link LoadBalancer}. */
    EndpointList refreshed() {
        return with(members);
    }

    EndpointList with(LoadBalancerConfig newConfig, Picker newPicker) {
        Member[] same = newPicker == picker
                ? members
                : Arrays.stream(members).map(member -> member.under(newPicker)).toArray(Member[]::new);
        return new EndpointList(newConfig, newPicker, same, byId, ticker, place, this);
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
        return new EndpointList(config, picker, newMembers, newById, ticker, place, this);
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
