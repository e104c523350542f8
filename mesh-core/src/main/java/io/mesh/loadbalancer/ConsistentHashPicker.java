package io.mesh.loadbalancer;

import io.mesh.model.CallOptions;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The endpoint that the call's key belongs to: the same one as long as it is there, whatever the others do
 * ({@link RendezvousTable}).
 *
 * <ul>
 * <li>A further attempt goes to the second choice, where the key would go if the first were gone; after that to the
 *     choices of the places that follow. So it is the same for each call of the key.
 * <li>A call without a key goes to the first choice of a place at random: to each endpoint in proportion to weight.
 * <li>With bounded load (Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016) an endpoint
 *     that has so many percent of its share of all calls in flight is passed over for the next choice. If the choices of
 *     64 places all have, which takes a key that is a great part of all calls, it is the least loaded of these.
 * </ul>
 */
final class ConsistentHashPicker implements Picker {

    private static final List<Endpoint> NOBODY = List.of();
    private static final int MOST_PLACES = 64;
    private static final double PERCENT = 100;

    private final int balanceFactor;
    private final RandomGenerator random;

    /**
     * The strategy.
     *
     * @param balanceFactor how many percent of its share of the calls in flight an endpoint may have; 0: any
     */
    ConsistentHashPicker(int balanceFactor, RandomGenerator random) {
        this.balanceFactor = balanceFactor;
        this.random = random;
    }

    @Override
    public RendezvousTable prepare(Candidates candidates, Candidates before) {
        return RendezvousTable.of(candidates, before);
    }

    @Override
    public boolean countsFailures() {
        return false;
    }

    @Override
    public Endpoint pick(Candidates candidates, CallOptions options, long now) {
        RendezvousTable table = table(candidates);
        int place = place(table, options);
        int first = table.first(place);
        if (balanceFactor == 0 || candidates.get(first).inFlight() == 0) {
            return candidates.get(first);
        }
        Endpoint next = choice(candidates, table, place, NOBODY);
        return next == null ? candidates.get(first) : next; // never null: nobody is passed over
    }

    @Override
    public @Nullable Endpoint pickOther(
            Candidates candidates, CallOptions options, long now, Collection<Endpoint> passedOver) {
        RendezvousTable table = table(candidates);
        return choice(candidates, table, place(table, options), passedOver);
    }

    private static RendezvousTable table(Candidates candidates) {
        return (RendezvousTable) Objects.requireNonNull(candidates.prepared());
    }

    private int place(RendezvousTable table, CallOptions options) {
        String key = options.hashKey();
        return key == null ? random.nextInt(table.places()) : table.placeOf(KeyHash.ofKey(key));
    }

    /** The first of the choices of this place and the next ones that is not passed over and has room. */
    private @Nullable Endpoint choice(
            Candidates candidates, RendezvousTable table, int place, Collection<Endpoint> passedOver) {
        long total = balanceFactor == 0 ? 0 : table.callsInFlight(candidates);
        int full = -1;
        for (int i = 0; i < 2 * MOST_PLACES; i++) {
            int at = (place + i / 2) % table.places();
            int choice = i % 2 == 0 ? table.first(at) : table.second(at);
            if (passedOver.contains(candidates.get(choice))) {
                continue;
            }
            if (hasRoom(candidates, table, choice, total)) {
                return candidates.get(choice);
            }
            full = full < 0 || isLessLoaded(candidates, choice, full) ? choice : full;
        }
        return full >= 0 ? candidates.get(full) : candidates.nextOther(table.first(place), passedOver);
    }

    private static boolean isLessLoaded(Candidates candidates, int one, int other) {
        return (candidates.get(one).inFlight() + 1L) * candidates.weight(other)
                < (candidates.get(other).inFlight() + 1L) * candidates.weight(one);
    }

    /** Whether one more call leaves it within its bound, or it has none. */
    private boolean hasRoom(Candidates candidates, RendezvousTable table, int index, long total) {
        if (balanceFactor == 0) {
            return true;
        }
        int calls = candidates.get(index).inFlight();
        double share = candidates.weight(index) / table.sumOfWeights();
        return calls == 0 || calls < (total + 1) * share * balanceFactor / PERCENT;
    }
}
