package io.mesh.benchmarks.turns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {

    @Test
    void oursIsComparedWithThePeerThatIsBestInMostRounds() {
        double[][] nanos = {{10, 20, 30}, {1, 1, 1}, {40, 40, 40}, {20, 40, 400}, {100, 100, 100}};

        assertThat(Turns.percentOfBestPeer(nanos)).containsExactly(25, 50, 75);
        nanos[3][2] = 30; // the median is 30 now
        assertThat(Turns.percentOfBestPeer(nanos)).containsExactly(50, 50, 100);
    }

    @Test
    void whatIsOverTheFloorIsToldOfEachRound() {
        double[][] nanos = {{50, 150}, {30, 130}};

        assertThat(Turns.nanosOverFloor(nanos)).containsExactly(20, 20);
    }

    @Test
    void theMedianIsBoundedByRank() {
        Distribution values =
                Distribution.of(IntStream.range(0, 101).asDoubleStream().toArray());

        assertThat(values.quantile(0.25)).isEqualTo(25);
        assertThat(values.quantile(0.5)).isEqualTo(50);
        assertThat(values.medianAtLeast()).isBetween(30.0, 35.0); // 50 less 3.29 × √101 ÷ 2
        assertThat(values.medianAtMost()).isBetween(66.0, 70.0);
    }

    @Test
    void eachContestantHasATimeOfEachRoundThatCounts() throws Exception {
        LongAdder calls = new LongAdder();
        Contestant one = new Contestant("one", () -> {
            calls.increment();
            return 1;
        });

        double[][] nanos = new Rounds(List.of(one, new Contestant("two", () -> 2)), 2).run(1, 2);

        assertThat(nanos).hasDimensions(2, 2);
        assertThat(Arrays.stream(nanos).flatMapToDouble(Arrays::stream)).allMatch(time -> time > 0);
        assertThat(calls.sum()).isPositive();
    }
}
