package io.mesh.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class EveryBenchmarkRunsTest {

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void forAMillisecond() throws RunnerException {
        System.setProperty("jmh.ignoreLock", "true"); // nothing is measured here: another run need not be waited for
        TimeValue moment = TimeValue.milliseconds(1);

        assertThat(new Runner(new OptionsBuilder()
                                .include("io\\.mesh\\.benchmarks\\.")
                                .forks(0)
                                .warmupIterations(0)
                                .measurementIterations(1)
                                .measurementTime(moment)
                                .param("count", "3")
                                .shouldFailOnError(true)
                                .verbosity(VerboseMode.SILENT)
                                .build())
                        .run())
                .isNotEmpty();
    }
}
