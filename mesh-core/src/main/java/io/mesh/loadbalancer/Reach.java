package io.mesh.loadbalancer;

import java.util.ArrayList;
import java.util.List;

/**
 * Who of some lines is called by this client.
 *
 * @param free who may be picked like any other
 * @param restricted who may be picked, and is not free
 */
record Reach(Candidates free, List<Endpoint> restricted) {

    /** All of the lines. */
    static Reach of(List<Line> lines) {
        List<Member> free = new ArrayList<>(lines.size());
        List<Endpoint> restricted = new ArrayList<>();
        for (Line line : lines) {
            if (line.access() == Access.FREE) {
                free.add(line.member());
            } else if (line.access() == Access.RESTRICTED) {
                restricted.add(line.endpoint());
            }
        }
        return new Reach(Candidates.of(free, lines.size()), restricted);
    }

    /** How many. */
    int size() {
        return free.size() + restricted.size();
    }
}
