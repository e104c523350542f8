package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.CONSISTENT_HASH;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table is made with most visits left out; here it is compared with all of them. */
class RendezvousTableTest {

    private static final int BLOCK = 32_771;
    private static final int BLOCKS = 2;
    private static final int KEYS = 50_000;

    @ParameterizedTest
    @CsvSource({"2, 1", "2, 1000000", "3, 10", "20, 3", "20, 1000000", "150, 1", "150, 5"})
    void aKeyGoesToWhoComesFirstToItsPlaceAndThenToWhoComesSecond(int instances, int heaviest) {
        Random random = new Random(heaviest);
        List<ServiceInstance> fleet = IntStream.range(0, instances)
                .mapToObj(i -> Fleet.instance("i" + random.nextInt(), i == 0 ? heaviest : 1 + random.nextInt(heaviest)))
                .toList();
        LoadBalancer balancer = Fleet.builder(CONSISTENT_HASH, fleet).build();
        List<Visitor> visitors = fleet.stream().map(Visitor::new).toList();

        for (int i = 0; i < KEYS; i++) {
            CallOptions options = CallOptions.defaults().withHashKey("customer-" + i);
            long hash = KeyHash.ofKey("customer-" + i);
            int place = (int) (hash & 1) * BLOCK + KeyHash.below(BLOCK, hash);
            Comparator<Visitor> inTurn = Comparator.<Visitor>comparingDouble(visitor -> visitor.time(place))
                    .thenComparingLong(visitor -> visitor.lot(place));
            Visitor first = Collections.min(visitors, inTurn);
            Visitor second = visitors.stream()
                    .filter(visitor -> visitor != first)
                    .min(inTurn)
                    .orElseThrow();

            Endpoint picked = balancer.pick(options);
            assertThat(picked.id()).isEqualTo(first.id());
            assertThat(balancer.pickOther(options, List.of(picked)).id()).isEqualTo(second.id());
        }
    }

    /** One endpoint, and when it comes to each place. */
    private static final class Visitor {

        private final String id;
        private final long hash;
        private final float[] times = new float[BLOCKS * BLOCK];

        Visitor(ServiceInstance instance) {
            this.id = instance.id();
            this.hash = KeyHash.of(id);
            for (int block = 0; block < BLOCKS; block++) {
                long lot = KeyHash.mixed(hash + block);
                double lead = (lot & 0xFF_FFFF) / (double) (1 << 24);
                long place = KeyHash.below(BLOCK, lot);
                long stride = 1L + KeyHash.below(BLOCK - 1, KeyHash.mixed(lot));
                for (int k = 0; k < BLOCK; k++) {
                    double time = unweighted(k) + lead * (unweighted(k + 1) - unweighted(k));
                    times[block * BLOCK + (int) place] = (float) (time / instance.weight());
                    place = (place + stride) % BLOCK;
                }
            }
        }

        private static double unweighted(int visits) {
            return visits == BLOCK ? 3 * unweighted(BLOCK - 1) : -StrictMath.log1p(-(double) visits / BLOCK);
        }

        String id() {
            return id;
        }

        float time(int place) {
            return times[place];
        }

        long lot(int place) {
            return KeyHash.mixed(hash + place);
        }
    }
}
