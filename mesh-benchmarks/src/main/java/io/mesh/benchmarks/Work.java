package io.mesh.benchmarks;

import io.mesh.policy.CheckedSupplier;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.springframework.core.retry.Retryable;

/**
 * The guarded call, in the form that each library takes, so that none has to wrap it anew. It returns a boxed field,
 * so that neither boxing nor folding changes what is measured.
 */
@State(Scope.Benchmark)
public class Work
        implements Supplier<Integer>,
                CheckedSupplier<Integer, RuntimeException>,
                dev.failsafe.function.CheckedSupplier<Integer>,
                Retryable<Integer> {

    private Integer value = 42; // not final: cannot be folded

    @Override
    public Integer get() {
        return value;
    }

    @Override
    public Integer execute() {
        return value;
    }
}
