package io.mesh.spring.aop;

import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.ClassUtils;

/** What an annotation needs of the method it stands on; Spring says nothing if a proxy cannot intercept it. */
final class GuardRules {

    private static final String CONTINUATION = "kotlin.coroutines.Continuation";

    private GuardRules() {}

    /**
     * Refuses what cannot work.
     *
     * @param annotated the method
     * @param byInterface whether the proxy implements interfaces, rather than extending the class
     * @throws InvalidGuardException if it cannot work
     */
    static void check(AnnotatedMethod annotated, boolean byInterface) {
        annotated.annotations().forEach(annotation -> checkReachable(annotated, annotation, byInterface));
        String uncovered = uncovered(annotated);
        if (uncovered != null) {
            throw refused(
                    annotated,
                    "the method " + uncovered + ", and only plain results, CompletionStage and CompletableFuture are"
                            + " covered: anything else would count as a success before its work is done",
                    "Return one of those, or remove the annotation.");
        }
    }

    /**
     * Refuses a class that no proxy can extend.
     *
     * @param annotated a method of a class whose proxy is to extend it
     * @throws InvalidGuardException if it cannot
     */
    static void checkExtensible(AnnotatedMethod annotated) {
        Class<?> type = annotated.type();
        if (type.isInterface() || ClassUtils.isLambdaClass(type)) {
            return; // Spring's proxies of such implement interfaces
        }
        if (Modifier.isFinal(type.getModifiers()) || type.isSealed()) {
            throw refused(
                    annotated,
                    "the class " + type.getName() + " is " + (type.isSealed() ? "sealed" : "final")
                            + ", and no proxy can extend it",
                    "Remove " + (type.isSealed() ? "sealed" : "final") + " from the class (a Kotlin class has to be"
                            + " open, a record has to become a class). Or let it implement an interface with the"
                            + " method, and set spring.aop.proxy-target-class=false.");
        }
    }

    /** Whether the work of a method is done only when the stage it returns is. */
    static boolean returnsStage(AnnotatedMethod annotated) {
        return isStage(annotated.result(annotated.method()));
    }

    private static boolean isStage(Class<?> type) {
        return type == CompletionStage.class || type == CompletableFuture.class;
    }

    /** Whether only a result itself tells if it is there already. */
    static boolean returnsAnything(AnnotatedMethod annotated) {
        return annotated.result(annotated.method()) == Object.class;
    }

    /**
     * Refuses a result that is not there yet, of a method that does not tell so.
     *
     * @param annotated a method that returns anything
     * @param result what it has returned, or null
     * @throws InvalidGuardException if the call has counted as a success too early
     */
    static void checkResult(AnnotatedMethod annotated, @Nullable Object result) {
        if (result != null && isLater(result.getClass())) {
            String mend = "Declare it to return CompletionStage or CompletableFuture, or remove the annotation";
            throw refused(
                    annotated,
                    "the method is declared to return Object and has returned a "
                            + ClassUtils.getShortName(result.getClass())
                            + ", which counted as a success before its work was done. " + mend,
                    mend + ".");
        }
    }

    private static void checkReachable(AnnotatedMethod annotated, MergedAnnotation<?> annotation, boolean byInterface) {
        int modifiers = annotated.method().getModifiers();
        String obstacle = null;
        if (Modifier.isPrivate(modifiers)) {
            obstacle = "private";
        } else if (Modifier.isStatic(modifiers)) {
            obstacle = "static";
        } else if (Modifier.isFinal(modifiers) && !byInterface) {
            obstacle = "final";
        }
        if (obstacle != null) {
            throw refused(
                    annotated,
                    "the method is " + obstacle + ", and no proxy can intercept it",
                    "Make the method not " + obstacle + ", or remove the annotation.");
        }
        if (byInterface && AnnotatedMethod.standsOnMethod(annotation) && !isOfInterface(annotated)) {
            throw refused(
                    annotated,
                    "the bean is proxied by its interfaces, and none of them declares the method",
                    "Declare the method in an interface of " + annotated.type().getSimpleName()
                            + ", or have the bean proxied by its class: remove spring.aop.proxy-target-class=false, or"
                            + " if that is not set, give proxyTargetClass = true to the annotation that turned"
                            + " proxies on, such as @EnableCaching.");
        }
    }

    private static boolean isOfInterface(AnnotatedMethod annotated) {
        Set<Class<?>> contracts = ClassUtils.getAllInterfacesForClassAsSet(annotated.type());
        return annotated.method().getDeclaringClass().isInterface()
                || contracts.stream()
                        .anyMatch(
                                contract -> AnnotatedMethods.declares(contract, annotated.method(), annotated.type()));
    }

    /** What is not covered about the way a method gives its result, as a predicate, or null. */
    private static @Nullable String uncovered(AnnotatedMethod annotated) {
        Class<?>[] parameters = annotated.method().getParameterTypes();
        if (parameters.length > 0 && parameters[parameters.length - 1].getName().equals(CONTINUATION)) {
            return "is a Kotlin suspend function";
        }
        Class<?> type = annotated.result(annotated.method());
        return isLater(type) && !isStage(type) ? "returns " + type.getSimpleName() : null;
    }

    private static boolean isLater(Class<?> type) {
        return Future.class.isAssignableFrom(type)
                || CompletionStage.class.isAssignableFrom(type)
                || Flow.Publisher.class.isAssignableFrom(type)
                || ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null;
    }

    private static InvalidGuardException refused(AnnotatedMethod annotated, String why, String mend) {
        String annotations = annotated
                .annotations()
                .map(annotation -> "@" + annotation.getType().getSimpleName())
                .collect(Collectors.joining(" and "));
        return new InvalidGuardException(
                annotations + " on " + annotated.signature() + " cannot work: " + why + ".", mend);
    }
}
