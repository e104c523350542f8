package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the lab itself can be trusted. */
class SimulationTest {

    private final Simulation simulation = new Simulation(1);
    private final List<String> happened = new ArrayList<>();

    @Test
    void thingsHappenWhenTheyAreDueAndInTheOrderTheyWereAskedForIfAtOnce() {
        simulation.at(2, () -> happened.add("c at " + simulation.seconds()));
        simulation.at(1, () -> happened.add("a at " + simulation.seconds()));
        simulation.at(1, () -> happened.add("b at " + simulation.seconds()));
        simulation.at(9, () -> happened.add("too late"));

        simulation.run(8);

        assertThat(happened).containsExactly("a at 1.0", "b at 1.0", "c at 2.0");
        assertThat(simulation.seconds()).isEqualTo(8);
    }

    @Test
    void whatIsCancelledDoesNotHappen() {
        simulation.schedule(() -> happened.add("cancelled"), 5).cancel();

        simulation.run(1);

        assertThat(happened).isEmpty();
    }

    @Test
    void theSameSeedGivesTheSameHistoryAndAnotherGivesAnother() {
        assertThat(medianOfAnHour(1)).isEqualTo(medianOfAnHour(1)).isNotEqualTo(medianOfAnHour(2));
    }

    /** One worker at half load: the time in the system is exponential with twice the mean of the work (M/M/1). */
    @Test
    void aQueueBehavesAsTheorySays() {
        assertThat(medianOfAnHour(1)).isCloseTo(0.02 * Math.log(2), within(0.0005));
    }

    private static double medianOfAnHour(long seed) {
        Simulation simulation = new Simulation(seed);
        Backend backend = new Backend(simulation, "i0", Behaviour.exponential(0.01), 1);
        Load load = new Load(simulation, backend::send).poisson(50, 3600);
        simulation.run(3610);
        assertThat(load.success()).isEqualTo(1);
        return load.percentile(0.5);
    }
}
