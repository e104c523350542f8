package io.mesh.loadbalancer;

import java.util.Arrays;
import java.util.List;

/** What weight, marks and checks say of one endpoint when a list is made; read once, since checks go on meanwhile. */
enum Standing {
    DRAINED,
    UNHEALTHY,
    UNPROVEN,
    HEALTHY;

    private static final int ALL = 100;

    static Standing[] of(Member[] members) {
        return Arrays.stream(members).map(Standing::of).toArray(Standing[]::new);
    }

    private static Standing of(Member member) {
        if (member.isDrained()) {
            return DRAINED;
        }
        if (!member.isHealthy()) {
            return UNHEALTHY;
        }
        return member.endpoint().availability().isUnproven() ? UNPROVEN : HEALTHY;
    }

    /**
     * Whether fewer are healthy than this share, in percent, of those that are not drained. Of the unproven nobody can
     * tell: they count neither way.
     */
    static boolean isPanic(Standing[] standings, int threshold) {
        long healthy = count(standings, HEALTHY);
        return healthy * ALL < threshold * (healthy + count(standings, UNHEALTHY));
    }

    /** Which of them receive calls. */
    static List<Standing> eligible(Standing[] standings, boolean panic) {
        List<Standing> proven = panic ? List.of(HEALTHY, UNHEALTHY) : List.of(HEALTHY);
        return proven.stream().anyMatch(standing -> count(standings, standing) > 0) ? proven : List.of(UNPROVEN);
    }

    private static long count(Standing[] standings, Standing which) {
        return Arrays.stream(standings).filter(standing -> standing == which).count();
    }
}
