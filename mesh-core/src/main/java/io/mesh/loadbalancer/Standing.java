package io.mesh.loadbalancer;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** What weight, marks and checks say of one endpoint when a list is made; read once, since checks go on meanwhile. */
enum Standing {
    DRAINED,
    UNHEALTHY,

    /** Nothing is known of it. */
    UNPROVEN,

    /** It has passed its check, and of others that came with it nothing is known. */
    EARLY,
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
        Availability availability = member.endpoint().availability();
        if (availability.isUnproven()) {
            return availability.isEarly() ? EARLY : UNPROVEN;
        }
        return HEALTHY;
    }

    /**
     * Whether fewer are healthy than this share, in percent, of those that are not drained. Of the unproven nobody can
     * tell: they count neither way.
     */
    static boolean isPanic(Standing[] standings, int threshold) {
        long healthy = count(standings, HEALTHY) + count(standings, EARLY);
        return healthy * ALL < threshold * (healthy + count(standings, UNHEALTHY));
    }

    /**
     * Which of them receive calls, as far as this goes. Those of whom nothing is known do only if nobody else can: then the
     * early ones are not enough, since the first of them would get the calls of all.
     *
     * @param free whose availability lets them be called
     */
    static Set<Standing> eligible(Standing[] standings, boolean[] free, boolean panic) {
        Set<Standing> known = panic ? EnumSet.of(HEALTHY, UNHEALTHY) : EnumSet.of(HEALTHY);
        boolean someAreCalled = false;
        for (int i = 0; i < free.length; i++) {
            someAreCalled |= free[i] && known.contains(standings[i]);
        }
        known.add(EARLY);
        if (!someAreCalled) {
            known.add(UNPROVEN);
        }
        return known;
    }

    private static long count(Standing[] standings, Standing which) {
        return Arrays.stream(standings).filter(standing -> standing == which).count();
    }
}
