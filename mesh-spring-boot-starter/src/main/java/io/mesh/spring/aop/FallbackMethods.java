package io.mesh.spring.aop;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * The methods that answer for one method when it has failed for good, all of one name: found and checked
 * once, called on the object itself, never on its proxy.
 */
final class FallbackMethods {

    private final List<Choice> choices;

    private FallbackMethods(List<Choice> choices) {
        this.choices = choices;
    }

    /**
     * Finds the fallbacks of a method.
     *
     * @param annotated the method
     * @param name name of the fallbacks
     * @return at least one that fits
     * @throws InvalidGuardException if none fits
     */
    static FallbackMethods of(AnnotatedMethod annotated, String name) {
        List<Choice> fitting = new ArrayList<>();
        Map<Method, String> others = new LinkedHashMap<>();
        for (Method candidate : named(annotated, name)) {
            String misfit = misfit(candidate, annotated);
            if (misfit == null) {
                fitting.add(choice(candidate, annotated));
            } else {
                others.put(candidate, misfit);
            }
        }
        if (fitting.isEmpty()) {
            throw none(annotated, name, others);
        }
        return new FallbackMethods(fitting);
    }

    /** The one to ask about a failure: that with the most specific exception that fits, or null. */
    @Nullable
    Choice choose(Throwable failure) {
        Choice best = null;
        for (Choice choice : choices) {
            if (choice.fits(failure) && (best == null || choice.isMoreSpecificThan(best))) {
                best = choice;
            }
        }
        return best;
    }

    /** Failures that ask for no answer, because nobody waits for one or the machine is broken. */
    static boolean callerGaveUp(Throwable failure) {
        return failure instanceof InterruptedException || failure instanceof VirtualMachineError;
    }

    /** What the caller gets if the fallback has failed itself. */
    static Throwable withCause(Throwable failed, Throwable failure) {
        if (failed != failure) {
            failed.addSuppressed(failure);
        }
        return failed;
    }

    /**
     * One fallback.
     *
     * @param method accessible
     * @param failure type of the throwable it takes after the method's own parameters, or null if it takes
     *     none and fits every failure
     */
    record Choice(Method method, @Nullable Class<?> failure) {

        boolean fits(Throwable thrown) {
            return failure == null || failure.isInstance(thrown);
        }

        boolean isMoreSpecificThan(Choice other) {
            if (failure == null) {
                return false;
            }
            return other.failure == null || (other.failure != failure && other.failure.isAssignableFrom(failure));
        }

        @Nullable
        Object answer(@Nullable Object target, @Nullable Object[] arguments, Throwable thrown) throws Throwable {
            @Nullable Object[] all = arguments;
            if (failure != null) {
                all = Arrays.copyOf(arguments, arguments.length + 1);
                all[arguments.length] = thrown;
            }
            try {
                return method.invoke(target, all);
            } catch (InvocationTargetException failed) {
                throw withCause(failed.getTargetException(), thrown);
            }
        }
    }

    /** All methods of that name, those of subclasses first, overridden ones left out. */
    private static Collection<Method> named(AnnotatedMethod annotated, String name) {
        Map<List<Class<?>>, Method> bySignature = new LinkedHashMap<>();
        Set<Class<?>> types = new LinkedHashSet<>();
        for (Class<?> type = annotated.type(); type != null && type != Object.class; type = type.getSuperclass()) {
            types.add(type);
        }
        types.addAll(ClassUtils.getAllInterfacesForClassAsSet(annotated.type()));
        for (Class<?> type : types) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.getName().equals(name) && !method.isBridge() && !method.equals(annotated.method())) {
                    bySignature.putIfAbsent(List.of(method.getParameterTypes()), method);
                }
            }
        }
        return bySignature.values();
    }

    /** Why a method cannot be the fallback, as the end of a sentence, or null if it can. */
    private static @Nullable String misfit(Method candidate, AnnotatedMethod annotated) {
        Method method = annotated.method();
        Class<?>[] wanted = method.getParameterTypes();
        Class<?>[] taken = candidate.getParameterTypes();
        boolean takesFailure =
                taken.length == wanted.length + 1 && Throwable.class.isAssignableFrom(taken[taken.length - 1]);
        if (taken.length != wanted.length && !takesFailure) {
            return "has other parameters";
        }
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i] != taken[i]) {
                return "has other parameters";
            }
        }
        if (!returnFits(candidate, annotated)) {
            return "returns " + candidate.getGenericReturnType().getTypeName();
        }
        for (Class<?> thrown : candidate.getExceptionTypes()) {
            if (isChecked(thrown)
                    && Arrays.stream(method.getExceptionTypes()).noneMatch(each -> each.isAssignableFrom(thrown))) {
                return "throws " + thrown.getSimpleName() + ", which the method does not declare";
            }
        }
        if (Modifier.isAbstract(candidate.getModifiers())) {
            return "is abstract";
        }
        return candidate.trySetAccessible() ? null : "cannot be accessed";
    }

    private static boolean returnFits(Method candidate, AnnotatedMethod annotated) {
        ResolvableType wanted = ResolvableType.forMethodReturnType(annotated.method(), annotated.type());
        ResolvableType given = ResolvableType.forMethodReturnType(candidate, annotated.type());
        Class<?> wantedClass =
                ClassUtils.resolvePrimitiveIfNecessary(annotated.method().getReturnType());
        Class<?> givenClass = ClassUtils.resolvePrimitiveIfNecessary(candidate.getReturnType());
        if (wanted.hasGenerics() && !wanted.hasUnresolvableGenerics() && !given.hasUnresolvableGenerics()) {
            return wanted.isAssignableFrom(given);
        }
        return wantedClass.isAssignableFrom(givenClass);
    }

    private static boolean isChecked(Class<?> thrown) {
        return !RuntimeException.class.isAssignableFrom(thrown) && !Error.class.isAssignableFrom(thrown);
    }

    private static Choice choice(Method method, AnnotatedMethod annotated) {
        Class<?>[] taken = method.getParameterTypes();
        boolean takesFailure = taken.length > annotated.method().getParameterCount();
        return new Choice(method, takesFailure ? taken[taken.length - 1] : null);
    }

    private static InvalidGuardException none(AnnotatedMethod annotated, String name, Map<Method, String> others) {
        Method method = annotated.method();
        String parameters = AnnotatedMethod.parameters(method);
        String open = parameters.substring(0, parameters.length() - 1);
        String found = others.isEmpty()
                ? "there is no method of that name"
                : others.entrySet().stream()
                        .map(other -> name + AnnotatedMethod.parameters(other.getKey()) + " " + other.getValue())
                        .collect(Collectors.joining(", "));
        return new InvalidGuardException(
                "The fallback '" + name + "' of " + annotated.signature() + " does not fit: " + found + ".",
                "Declare " + method.getGenericReturnType().getTypeName() + " " + name + parameters + " or " + name
                        + open + (method.getParameterCount() == 0 ? "" : ", ") + "Exception).");
    }
}
