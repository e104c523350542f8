package io.mesh.benchmarks;

import java.util.function.Supplier;
import org.openjdk.jmh.annotations.CompilerControl;

/** A stack as deep as wanted: what an exception costs depends on it. */
final class Stack {

    private Stack() {}

    /** Calls something from so many frames more; they are real, since none is inlined. */
    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    static Object deeper(int frames, Supplier<Object> call) {
        return frames == 0 ? call.get() : deeper(frames - 1, call);
    }
}
