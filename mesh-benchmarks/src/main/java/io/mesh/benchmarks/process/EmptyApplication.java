package io.mesh.benchmarks.process;

import java.io.PrintStream;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/** A Boot application with nothing in it but what its class path brings. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class EmptyApplication {

    static final String STARTED = "started";

    /** Says when it has started, then how many nanoseconds of the processors that took, and ends. */
    public static void main(String[] arguments) {
        SpringApplication.run(EmptyApplication.class, arguments);
        PrintStream out = System.out;
        out.println(STARTED);
        out.println(ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toNanos());
        out.flush();
    }
}
