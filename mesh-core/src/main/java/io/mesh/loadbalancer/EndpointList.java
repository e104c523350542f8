package io.mesh.loadbalancer;

import io.mesh.model.LoadBalancerConfig;
import io.mesh.model.ServiceInstance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
 * <li>The picker fits the tables of {@link #free}.
 * </ol>
 */
final class EndpointList {

    private final LoadBalancerConfig config;
    private final Picker picker;
    private final Member[] members;
    private final Map<String, Endpoint> byId;
    private final Candidates free;
    private final Endpoint[] restricted;
    private final int unhealthy;
    private final int drained;
    private final boolean panic;

    private EndpointList(
            LoadBalancerConfig config, Picker picker, Member[] members, Map<String, Endpoint> byId, Candidates before) {
        this.config = config;
        this.picker = picker;
        this.members = members;
        this.byId = byId;
        Standing[] standings = Standing.of(members);
        this.panic = Standing.isPanic(standings, config.panicThreshold());
        List<Standing> eligible = Standing.eligible(standings, panic);
        List<Endpoint> open = new ArrayList<>(members.length);
        List<Endpoint> closed = new ArrayList<>();
        int[] weights = new int[members.length];
        int unhealthyCount = 0;
        int drainedCount = 0;
        for (int i = 0; i < members.length; i++) {
            Member member = members[i];
            if (standings[i] == Standing.DRAINED) {
                drainedCount++;
            } else if (!eligible.contains(standings[i])) {
                unhealthyCount++;
            } else if (member.endpoint().availability().isFree()) {
                weights[open.size()] = member.instance().weight();
                open.add(member.endpoint());
            } else {
                closed.add(member.endpoint());
            }
        }
        this.unhealthy = unhealthyCount;
        this.drained = drainedCount;
        this.restricted = closed.toArray(new Endpoint[0]);
        this.free = open.isEmpty()
                ? Candidates.NONE
                : Candidates.of(
                        open.toArray(new Endpoint[0]),
                        Arrays.copyOf(weights, open.size()),
                        Picker.usesTurns(config.strategy()),
                        before);
    }

    static EndpointList empty(LoadBalancerConfig config, Picker picker) {
        return new EndpointList(config, picker, new Member[0], Map.of(), Candidates.NONE);
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

    Endpoint[] restricted() {
        return restricted;
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
        return new EndpointList(newConfig, newPicker, members, byId, free);
    }

    /** One more at the end, or other data for an id that is known. */
    EndpointList plus(ServiceInstance instance, Function<ServiceInstance, Endpoint> maker) {
        Endpoint known = byId.get(instance.id());
        if (known != null) {
            return changed(known, member -> member.with(instance));
        }
        Member[] more = Arrays.copyOf(members, members.length + 1);
        more[members.length] = maker.apply(instance).member();
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
            replaced[i] = known == null ? maker.apply(instance).member() : known.with(instance);
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
        return new EndpointList(config, picker, newMembers, newById, free);
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
