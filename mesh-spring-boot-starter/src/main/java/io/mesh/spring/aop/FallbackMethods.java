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
     * @throws InvalidGuardException if none fits, or if one has the parameters of a fallback, but cannot be it:
     *     whoever wrote it expects it to be asked
     */
    static FallbackMethods of(AnnotatedMethod annotated, String name) {
        List<Choice> fitting = new ArrayList<>();
        Map<Method, String> unfit = new LinkedHashMap<>();
        Map<Method, String> others = new LinkedHashMap<>();
        for (Method candidate : named(annotated, name)) {
            if (!hasParameters(candidate, annotated)) {
                others.put(candidate, "has other parameters");
                continue;
            }
            String misfit = misfit(candidate, annotated);
            if (misfit == null) {
                fitting.add(choice(candidate, annotated));
            } else {
                unfit.put(candidate, misfit);
            }
        }
        if (fitting.isEmpty() || !unfit.isEmpty()) {
            throw unfit(annotated, name, unfit.isEmpty() ? others : unfit);
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
                if (method.getName().equals(name) && !method.isBridge()) {
                    bySignature.putIfAbsent(annotated.parameters(method), method);
                }
            }
        }
        if (annotated.method().getName().equals(name)) {
            bySignature.remove(annotated.parameters(annotated.method())); // no method answers for itself
        }
        return bySignature.values();
    }

    private static boolean hasParameters(Method candidate, AnnotatedMethod annotated) {
        List<Class<?>> wanted = annotated.parameters(annotated.method());
        List<Class<?>> taken = annotated.parameters(candidate);
        int more = taken.size() - wanted.size();
        return (more == 0 || (more == 1 && Throwable.class.isAssignableFrom(taken.get(wanted.size()))))
                && taken.subList(0, wanted.size()).equals(wanted);
    }

    /** Why a method with the parameters of a fallback cannot be it, as the end of a sentence, or null if it can. */
    private static @Nullable String misfit(Method candidate, AnnotatedMethod annotated) {
        Method method = annotated.method();
        if (!returnFits(candidate, annotated)) {
            return "returns " + returned(candidate, annotated);
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
        Class<?> wantedClass = ClassUtils.resolvePrimitiveIfNecessary(annotated.result(annotated.method()));
        Class<?> givenClass = ClassUtils.resolvePrimitiveIfNecessary(annotated.result(candidate));
        if (wanted.hasGenerics() && !wanted.hasUnresolvableGenerics() && !given.hasUnresolvableGenerics()) {
            return wanted.isAssignableFrom(given);
        }
        return wantedClass.isAssignableFrom(givenClass);
    }

    private static boolean isChecked(Class<?> thrown) {
        return !RuntimeException.class.isAssignableFrom(thrown) && !Error.class.isAssignableFrom(thrown);
    }

    private static Choice choice(Method method, AnnotatedMethod annotated) {
        List<Class<?>> taken = annotated.parameters(method);
        boolean takesFailure = taken.size() > annotated.method().getParameterCount();
        return new Choice(method, takesFailure ? taken.get(taken.size() - 1) : null);
    }

    private static InvalidGuardException unfit(AnnotatedMethod annotated, String name, Map<Method, String> others) {
        Method method = annotated.method();
        String parameters = AnnotatedMethod.inBrackets(annotated.parameters(method));
        String open = parameters.substring(0, parameters.length() - 1);
        String found = others.isEmpty()
                ? "there is no method of that name"
                : others.entrySet().stream()
                        .map(other -> name + AnnotatedMethod.inBrackets(annotated.parameters(other.getKey())) + " "
                                + other.getValue())
                        .collect(Collectors.joining(", "));
        return new InvalidGuardException(
                "The fallback '" + name + "' of " + annotated.signature() + " does not fit: " + found + ".",
                "Declare " + returned(method, annotated) + " " + name + parameters + " or " + name + open
                        + (method.getParameterCount() == 0 ? "" : ", ") + "Exception).");
    }

    private static String returned(Method method, AnnotatedMethod annotated) {
        ResolvableType result = ResolvableType.forMethodReturnType(method, annotated.type());
        return result.resolve() == null || result.hasUnresolvableGenerics()
                ? method.getGenericReturnType().getTypeName()
                : result.toString();
    }
}
