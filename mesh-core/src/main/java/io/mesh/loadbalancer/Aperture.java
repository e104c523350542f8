package io.mesh.loadbalancer;

import io.mesh.model.ApertureConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which of very many endpoints this client calls (Finagle's deterministic aperture).
 *
 * <ol>
 * <li>The endpoints lie on a ring, in an order that follows from their ids alone, each as long as it is heavy. The
 *     clients lie on it evenly.
 * <li>A client calls those from its place on, until they are as long as its aperture, which is the length of a whole
 *     number of clients. So every point of the ring is within as many apertures as every other.
 * <li>Of the first and the last only a part may lie within; they get that part of the calls.
 * <li>Whoever cannot be called is walked past, and the aperture is as much longer.
 * </ol>
 */
final class Aperture {

    /** All of an endpoint, as its part. */
    static final int WHOLE = 1_024;

    private static final double NOTHING = 1e-12; // what is left of lengths that should be equal
    private static final double SLIVER = 1e-6; // less of an endpoint is not worth a connection

    private static final Comparator<Placed> ORDER = Comparator.comparingLong(Placed::hash)
            .thenComparing(placed -> placed.line.endpoint().id());

    private final ApertureConfig config;
    private final double place; // from 0 to 1

    /**
     * The aperture of a client.
     *
     * @param chance where it lies if nothing is known of the clients, from 0 to below 1
     */
    Aperture(ApertureConfig config, double chance) {
        this.config = config;
        Integer client = config.client();
        Integer clients = config.clients();
        this.place = client == null || clients == null ? chance : (double) client / clients;
    }

    /** How long the aperture is on a ring of length 1, of so many endpoints. */
    double width(int endpoints) {
        double width = (double) config.size() / endpoints;
        Integer clients = config.clients();
        if (clients != null) {
            width = Math.ceil(width * clients - NOTHING) / clients;
        }
        return Math.min(1, width);
    }

    /** Those of the lines that are within. */
    Reach of(List<Line> lines) {
        List<Line> ring = lines.stream()
                .filter(line -> line.weight() > 0)
                .map(line -> new Placed(KeyHash.of(line.endpoint().id()), line))
                .sorted(ORDER)
                .map(Placed::line)
                .toList();
        if (ring.isEmpty()) {
            return new Reach(Candidates.NONE, List.of());
        }
        double[] lengths = new double[ring.size()];
        double sum = ring.stream().mapToDouble(Line::weight).sum();
        boolean[] callable = new boolean[ring.size()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = ring.get(i).weight() / sum;
            callable[i] = ring.get(i).access() == Access.FREE;
        }
        double[] parts = parts(lengths, callable, place, width(lengths.length));
        List<Member> free = new ArrayList<>();
        List<Endpoint> restricted = new ArrayList<>();
        List<Integer> partsOfFree = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            Line line = ring.get(i);
            if (parts[i] > SLIVER && line.access() == Access.FREE) {
                free.add(line.member());
                partsOfFree.add(Math.max(1, (int) Math.round(parts[i] * WHOLE)));
            } else if (parts[i] > SLIVER && line.access() == Access.RESTRICTED) {
                restricted.add(line.endpoint());
            }
        }
        int[] itsParts = partsOfFree.stream().mapToInt(part -> part).toArray();
        return new Reach(Candidates.of(free, lines.size(), itsParts), restricted);
    }

    /**
     * Which part of each on the ring is within an aperture.
     *
     * @param lengths in the order of the ring, 1 in all
     * @param callable who takes up some of the aperture's width; who does not, and is walked past, is wholly within
     * @param place where the aperture begins
     * @param width how long it is
     * @return from 0 to 1 each
     */
    static double[] parts(double[] lengths, boolean[] callable, double place, double width) {
        int n = lengths.length;
        double[] parts = new double[n];
        int first = 0;
        double begin = place; // within the first
        while (first < n - 1 && begin >= lengths[first] - NOTHING * lengths[first]) {
            begin -= lengths[first++];
        }
        double left = width;
        for (int step = 0; step <= n && left > NOTHING * width; step++) { // at last what lies before the begin
            int i = (first + step) % n;
            double from = step == 0 ? Math.max(0, begin) : 0;
            double to = step == n ? begin : lengths[i];
            if (callable[i]) {
                double taken = Math.min(left, Math.max(0, to - from));
                parts[i] = Math.min(1, parts[i] + taken / lengths[i]);
                left -= taken;
            } else {
                parts[i] = 1;
            }
        }
        return parts;
    }

    /** Weights of which only a part is for the calls of this client; whatever they are, they stay ints above 0. */
    static int[] weights(int[] whole, int[] parts) {
        long heaviest = 1;
        for (int weight : whole) {
            heaviest = Math.max(heaviest, weight);
        }
        double factor = Math.min(1, (double) Integer.MAX_VALUE / WHOLE / heaviest);
        int[] weights = new int[whole.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (int) Math.max(1, Math.min(Integer.MAX_VALUE, (double) whole[i] * parts[i] * factor));
        }
        return weights;
    }

    private record Placed(long hash, Line line) {}
}
