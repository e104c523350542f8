package io.mesh.loadbalancer;

import static io.mesh.model.LoadBalancerStrategy.CONSISTENT_HASH;
import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table is made with most visits left out; here it is compared with all of them. */
class RendezvousTableTest {

    private static final int PLACES = 65_537;
    private static final int KEYS = 20_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 10, 100, 1_000_000})
    void aKeyGoesToWhoComesFirstToItsPlaceAndThenToWhoComesSecond(int heaviest) {
        Random random = new Random(heaviest);
        List<ServiceInstance> fleet = IntStream.range(0, 2 + random.nextInt(30))
                .mapToObj(i ->
                        Fleet.instance("i" + random.nextInt(), 1 + (i == 0 ? heaviest - 1 : random.nextInt(heaviest))))
                .toList();
        LoadBalancer balancer = Fleet.builder(CONSISTENT_HASH, fleet).build();
        List<Visitor> visitors = fleet.stream().map(Visitor::new).toList();

        for (int i = 0; i < KEYS; i++) {
            CallOptions options = CallOptions.defaults().withHashKey("customer-" + i);
            int place = KeyHash.below(PLACES, KeyHash.of("customer-" + i));
            List<Visitor> inTurn = new ArrayList<>(visitors);
            inTurn.sort(Comparator.comparing((Visitor visitor) -> visitor.time(place))
                    .thenComparing(visitor -> visitor.lot(place)));
            Endpoint first = balancer.pick(options);
            Endpoint second = balancer.pickOther(options, List.of(first));
            assertThat(List.of(first.id(), second.id()))
                    .containsExactly(inTurn.get(0).id(), inTurn.get(1).id());
        }
    }

    /** One endpoint, and when it comes to each place. */
    private static final class Visitor {

        private final ServiceInstance instance;
        private final float[] times = new float[PLACES];

        Visitor(ServiceInstance instance) {
            this.instance = instance;
            long hash = KeyHash.of(instance.id());
            long place = KeyHash.below(PLACES, hash);
            long stride = 1 + KeyHash.below(PLACES - 1, KeyHash.mixed(hash));
            for (int k = 0; k < PLACES; k++) {
                times[(int) place] = (float) (-StrictMath.log1p(-(k + 0.5) / PLACES) / instance.weight());
                place = (place + stride) % PLACES;
            }
        }

        String id() {
            return instance.id();
        }

        float time(int place) {
            return times[place];
        }

        long lot(int place) {
            return KeyHash.mixed(KeyHash.of(instance.id()) + place);
        }
    }
}
