package io.mesh.loadbalancer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that a strategy picks from, in the order of the list, with their weights of one moment and what the
 * strategy has prepared for them. Immutable, as far as anybody sees. There is at least one, and every weight is at least
 * 1; only the {@code before} of {@link Picker#prepare} may be empty.
 */
public final class Candidates {

    static final Candidates NONE = of(List.of(), 0);

    static final int DRAWS = 8;

    private final int known;
    private final Endpoint[] endpoints;
    private final int[] weights;
    private final int @Nullable [] parts;
    private final @Nullable CallObserver[] observers;
    private final @Nullable Object prepared;
    private volatile double othersForEach = -1; // not counted yet

    private Candidates(
            int known,
            Endpoint[] endpoints,
            int[] weights,
            int @Nullable [] parts,
            @Nullable CallObserver[] observers,
            @Nullable Object prepared) {
        this.known = known;
        this.endpoints = endpoints;
        this.weights = weights;
        this.parts = parts;
        this.observers = observers;
        this.prepared = prepared;
    }

    /**
     * Those not prepared yet, each wholly for the calls of this client.
     *
     * @param known how many there are, with those who are not free
     */
    static Candidates of(List<Member> members, int known) {
        return of(members, known, null);
    }

    /**
     * Those not prepared yet.
     *
     * @param known how many there are, with those who are not free
     * @param parts how much of each is for the calls of this client, of {@link Aperture#WHOLE}; null: all of each
     */
    static Candidates of(List<Member> members, int known, int @Nullable [] parts) {
        int n = members.size();
        Endpoint[] endpoints = new Endpoint[n];
        int[] weights = new int[n];
        @Nullable CallObserver[] observers = new @Nullable CallObserver[n];
        for (int i = 0; i < n; i++) {
            Member member = members.get(i);
            endpoints[i] = member.endpoint();
            weights[i] = member.instance().weight();
            observers[i] = member.observer();
        }
        return new Candidates(
                known, endpoints, parts == null ? weights : Aperture.weights(weights, parts), parts, observers, null);
    }

    /** Those of all, each once; not prepared yet. */
    static Candidates together(Collection<Candidates> several) {
        int most = several.stream().mapToInt(Candidates::size).sum();
        Set<Endpoint> seen = new HashSet<>();
        Endpoint[] endpoints = new Endpoint[most];
        int[] weights = new int[most];
        int[] parts = new int[most];
        @Nullable CallObserver[] observers = new @Nullable CallObserver[most];
        boolean whole = true;
        int n = 0;
        int known = 0;
        for (Candidates one : several) {
            known += one.known;
            int[] itsParts = one.parts();
            whole &= one.areWhole();
            for (int i = 0; i < one.size(); i++) {
                if (seen.add(one.endpoints[i])) {
                    endpoints[n] = one.endpoints[i];
                    weights[n] = one.weights[i];
                    parts[n] = itsParts[i];
                    observers[n++] = one.observers[i];
                }
            }
        }
        return new Candidates(
                known,
                Arrays.copyOf(endpoints, n),
                Arrays.copyOf(weights, n),
                whole ? null : Arrays.copyOf(parts, n),
                Arrays.copyOf(observers, n),
                null);
    }

    /** The same, ready to be picked from. */
    Candidates preparedBy(Picker picker, Candidates before) {
        return isEmpty()
                ? this
                : new Candidates(known, endpoints, weights, parts, observers, picker.prepare(this, before));
    }

    /** {@return how many there are} */
    public int size() {
        return endpoints.length;
    }

    /**
     * One of the endpoints.
     *
     * @param index from 0 to below {@link #size()}
     * @return the endpoint
     */
    public Endpoint get(int index) {
        return endpoints[index];
    }

    /**
     * The weight of an endpoint as it was when the list was made. With an aperture all weights are multiplied by the same
     * number, so that those at its ends have the part of theirs that lies within.
     *
     * @param index from 0 to below {@link #size()}
     * @return at least 1
     */
    public int weight(int index) {
        return weights[index];
    }

    /**
     * What the strategy keeps of an endpoint.
     *
     * @param index from 0 to below {@link #size()}
     * @return what {@link Picker#observe} of the strategy that is asked has made
     */
    public @Nullable CallObserver observer(int index) {
        return observers[index];
    }

    /** {@return what {@link Picker#prepare} of the strategy that is asked has computed} */
    public @Nullable Object prepared() {
        return prepared;
    }

    /** How many instances they are the free ones of: what ejections and health do not change. */
    int known() {
        return known;
    }

    boolean isEmpty() {
        return endpoints.length == 0;
    }

    /** For scans; not to be changed. */
    Endpoint[] endpoints() {
        return endpoints;
    }

    /** In the order of the endpoints, for scans; not to be changed. */
    int[] weights() {
        return weights;
    }

    /** Whether none is shared with other clients, as those at the ends of an {@link Aperture} are. */
    boolean areWhole() {
        return parts == null;
    }

    /** How much of each is for the calls of this client, for strategies that do not go by weight; not to be changed. */
    int[] parts() {
        if (parts != null) {
            return parts;
        }
        int[] whole = new int[endpoints.length];
        Arrays.fill(whole, Aperture.WHOLE);
        return whole;
    }

    /**
     * How many are not of a set, for each who is; at most 1. Counted once: whoever asks names the same set each time, which is
     * that of those who are new in the list.
     */
    double othersForEachOf(Set<Endpoint> some) {
        double known = othersForEach;
        if (known < 0) {
            int of = 0;
            for (Endpoint endpoint : endpoints) {
                of += some.contains(endpoint) ? 1 : 0;
            }
            known = of == 0 ? 1 : Math.min(1, (endpoints.length - of) / (double) of);
            othersForEach = known;
        }
        return known;
    }

    /** Whether there is one that is not passed over. */
    boolean hasOther(Collection<Endpoint> passedOver) {
        for (Endpoint endpoint : endpoints) {
            if (!passedOver.contains(endpoint)) {
                return true;
            }
        }
        return false;
    }

    /** The first drawn that is not passed over; after some draws in vain, one of the others by another draw. */
    @Nullable
    Endpoint firstOther(IntSupplier draw, Collection<Endpoint> passedOver) {
        for (int i = 0; i < DRAWS; i++) {
            Endpoint drawn = endpoints[draw.getAsInt()];
            if (!passedOver.contains(drawn)) {
                return drawn;
            }
        }
        return other(draw.getAsInt(), passedOver);
    }

    /**
     * One of those not passed over: by numbers that are evenly spread, each as often as every other. By the order of the
     * list, the one behind many that are passed over would come most often.
     */
    @Nullable
    Endpoint other(int number, Collection<Endpoint> passedOver) {
        List<Endpoint> others = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            if (!passedOver.contains(endpoint)) {
                others.add(endpoint);
            }
        }
        return others.isEmpty() ? null : others.get(Math.floorMod(number, others.size()));
    }

    /** Where an endpoint is; -1 if it is not there. */
    int indexOf(Endpoint endpoint) {
        return Arrays.asList(endpoints).indexOf(endpoint);
    }

    /** The first from there on, and round, that is not passed over. */
    @Nullable
    Endpoint nextOther(int from, Collection<Endpoint> passedOver) {
        for (int i = 0; i < endpoints.length; i++) {
            Endpoint next = endpoints[(from + i) % endpoints.length];
            if (!passedOver.contains(next)) {
                return next;
            }
        }
        return null;
    }

    /** Any of those not passed over, each as likely as it is heavy; null if none is left. */
    @Nullable
    Endpoint otherByWeight(RandomGenerator random, Collection<Endpoint> passedOver) {
        long total = 0;
        for (int i = 0; i < endpoints.length; i++) {
            total += passedOver.contains(endpoints[i]) ? 0 : weights[i];
        }
        long left = total == 0 ? 0 : random.nextLong(total);
        for (int i = 0; i < endpoints.length; i++) {
            if (!passedOver.contains(endpoints[i])) {
                left -= weights[i];
                if (left < 0) {
                    return endpoints[i];
                }
            }
        }
        return null;
    }
}
