package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import io.mesh.time.Ticker;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where calls of one kind go: those that name no subset, or the same one. Immutable.
 *
 * <ol>
 * <li>A first attempt is picked from one of some pools, drawn by their parts.
 * <li>A further one is picked from the first of the pools in order in which anybody is left.
 * <li>Who is restricted is picked when due for a trial: by an attempt that is picked from that pool, or by any first one if the
 *     pool is never drawn for want of somebody free. Whoever may be picked at all is if nobody free is left.
 * </ol>
 */
final class Route {

    private static final long SALT = 0x9E3779B97F4A7C15L; // other than that of Zones

    private final Pool[] drawn;
    private final Division division;
    private final Pool[] inOrder;
    private final List<Pool> neverDrawn;
    private final Endpoint[][] trials; // by which of those drawn
    private final Endpoint[] restricted;
    private volatile @Nullable List<Endpoint> endpoints; // once somebody has asked, as every rejected call does

    private Route(Pool[] drawn, Division division, Pool[] inOrder, List<Pool> neverDrawn) {
        this.drawn = drawn;
        this.division = division;
        this.inOrder = inOrder;
        this.neverDrawn = neverDrawn;
        this.trials =
                Arrays.stream(drawn).map(pool -> restricted(pool, neverDrawn)).toArray(Endpoint[][]::new);
        this.restricted = restricted(inOrder[0], Arrays.asList(inOrder));
    }

    private List<Pool> neverDrawnAnd(Pool pool) {
        return Stream.concat(neverDrawn.stream(), Stream.of(pool)).toList();
    }

    /** Who is restricted in one pool or in others, each once. */
    private static Endpoint[] restricted(Pool pool, List<Pool> others) {
        return others.stream().allMatch(other -> other == pool)
                ? pool.restricted()
                : Stream.concat(Stream.of(pool), others.stream())
                        .flatMap(one -> Arrays.stream(one.restricted()))
                        .distinct()
                        .toArray(Endpoint[]::new);
    }

    /**
     * To several pools.
     *
     * @param drawn for first attempts, at least one
     * @param parts of the calls that they get, of any sum above 0
     * @param inOrder for further attempts
     */
    static Route of(List<Pool> drawn, List<Integer> parts, List<Pool> inOrder) {
        double[] division = parts.stream().mapToDouble(part -> part).toArray();
        List<Pool> neverDrawn = inOrder.stream()
                .filter(pool -> pool.free().isEmpty() && !drawn.contains(pool))
                .toList();
        return new Route(
                drawn.toArray(new Pool[0]), new Division(division, SALT), inOrder.toArray(new Pool[0]), neverDrawn);
    }

    /** To one pool alone. */
    static Route to(Pool pool) {
        return of(List.of(pool), List.of(1), List.of(pool));
    }

    /** To one pool, and then to where another route leads; at once, if nobody is free there. */
    static Route to(Pool pool, Route otherwise) {
        Pool[] inOrder = new Pool[otherwise.inOrder.length + 1];
        inOrder[0] = pool;
        System.arraycopy(otherwise.inOrder, 0, inOrder, 1, otherwise.inOrder.length);
        return pool.free().isEmpty()
                ? new Route(otherwise.drawn, otherwise.division, inOrder, otherwise.neverDrawnAnd(pool))
                : new Route(new Pool[] {pool}, new Division(new double[] {1}, SALT), inOrder, List.of());
    }

    /** The only ones a first attempt is picked from; null if that differs from call to call. */
    @Nullable
    Candidates only() {
        return drawn.length == 1 ? drawn[0].only() : null;
    }

    /** Which pool the first attempt of a call is picked from. */
    int draw(CallOptions options, RandomGenerator random) {
        return division.draw(options, random);
    }

    /** Who is due for a trial by a first attempt is one of these. */
    Endpoint[] trials(int pool) {
        return trials[pool];
    }

    /** Whom the first attempt of a call is picked from; may be empty. */
    Candidates firstFor(int pool, CallOptions options, RandomGenerator random) {
        return drawn[pool].firstFor(options, random);
    }

    /** Where further attempts go. */
    Pool[] inOrder() {
        return inOrder;
    }

    /** All who are restricted. */
    Endpoint[] restricted() {
        return restricted;
    }

    /** Whether there is one that is not passed over and may be picked. */
    boolean hasOther(Ticker ticker, Collection<Endpoint> passedOver) {
        for (Pool pool : inOrder) {
            if (pool.free().hasOther(passedOver)) {
                return true;
            }
        }
        return restricted.length > 0 && Restricted.hasOther(restricted, ticker.now(), passedOver);
    }

    /** All that calls may go to, each once. */
    List<Endpoint> endpoints() {
        List<Endpoint> known = endpoints;
        if (known == null) {
            Set<Endpoint> several = new LinkedHashSet<>();
            for (Pool pool : inOrder) {
                pool.addTo(several);
            }
            known = List.copyOf(several);
            endpoints = known;
        }
        return known;
    }
}
