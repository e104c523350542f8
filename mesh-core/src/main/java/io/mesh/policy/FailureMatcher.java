package io.mesh.policy;

import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which throwables a setting means: those of some classes, and those that a test picks.
 *
 * <p>Thread-safe if its test is.
 */
public final class FailureMatcher {

    private static final System.Logger LOG = System.getLogger("io.mesh");
    private static final int DEEPEST = 50; // cause chains may be cyclic

    private final Class<?>[] types;
    private final @Nullable Predicate<? super Throwable> test;

    /**
     * A matcher.
     *
     * @param types classes whose instances match, those of subclasses included
     * @param test asked for the others, or null
     */
    public FailureMatcher(Set<Class<? extends Throwable>> types, @Nullable Predicate<? super Throwable> test) {
        this.types = types.toArray(new Class<?>[0]);
        this.test = test;
    }

    /** {@return whether nothing was named, so that nothing can match} */
    public boolean isEmpty() {
        return types.length == 0 && test == null;
    }

    /**
     * Whether a throwable is meant. What the test throws is thrown.
     *
     * @param failure the throwable, as {@link #unwrap} gives it
     * @return true if a class or the test matches
     */
    public boolean matches(Throwable failure) {
        for (Class<?> type : types) {
            if (type.isInstance(failure)) {
                return true;
            }
        }
        return test != null && test.test(failure);
    }

    /**
     * What is inside the wrappers that futures put around a failure.
     *
     * @param failure any throwable
     * @return the first cause, or the failure itself, that is neither a {@code CompletionException} nor an
     *     {@code ExecutionException}, or the last one there is
     */
    public static Throwable unwrap(Throwable failure) {
        Throwable inside = failure;
        try {
            for (int depth = 0; depth < DEEPEST; depth++) {
                Throwable cause = inside.getCause();
                if (cause == null || !(inside instanceof CompletionException || inside instanceof ExecutionException)) {
                    return inside;
                }
                inside = cause;
            }
        } catch (Throwable broken) { // one that does not let itself be looked into
            LOG.log(Level.DEBUG, () -> "No cause of " + failure.getClass(), broken);
        }
        return inside;
    }
}
