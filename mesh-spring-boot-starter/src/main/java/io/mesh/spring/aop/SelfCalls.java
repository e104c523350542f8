package io.mesh.spring.aop;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.asm.SpringAsmInfo;
import org.springframework.asm.Type;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.ClassUtils;

/**
 * Warns of calls of an object's own annotated methods on itself, which do not pass its proxy, so that the annotations do
 * nothing there. Found in the code of the class and of those it extends; what cannot be read is left alone.
 *
 * <p>A method that carries annotations of the same kinds may call another: it is guarded itself.
 */
final class SelfCalls {

    private static final Log LOG = LogFactory.getLog("io.mesh");
    private static final String LAMBDA = "lambda$"; // then the method it is written in

    private final Collection<AnnotatedMethod> methods;
    private final Map<String, AnnotatedMethod> bySignature; // name and descriptor
    private final Set<String> overridden = new HashSet<>(); // signatures of methods of classes read before
    private final Map<String, AnnotatedMethod> callers =
            new LinkedHashMap<>(); // of which method, by the name of who calls

    private SelfCalls(Collection<AnnotatedMethod> methods) {
        this.methods = methods;
        this.bySignature =
                methods.stream().collect(Collectors.toMap(SelfCalls::signature, each -> each, (one, other) -> one));
    }

    private static String signature(AnnotatedMethod method) {
        return method.method().getName() + Type.getMethodDescriptor(method.method());
    }

    /** Warns of those of a class with these annotated methods. */
    static void warn(Class<?> type, Collection<AnnotatedMethod> methods) {
        SelfCalls calls = new SelfCalls(methods);
        for (Class<?> each = type; each != null && each != Object.class; each = each.getSuperclass()) {
            calls.readFrom(each);
        }
        calls.callers.forEach((caller, called) -> LOG.warn(type.getName() + "." + caller + " calls "
                + called.method().getName()
                + AnnotatedMethod.inBrackets(called.parameters(called.method()))
                + " of its own object, past the proxy and so without " + annotations(called)
                + ". Have it called from another bean, or by a reference to the bean itself that is"
                + " injected with @Lazy."));
    }

    private static String annotations(AnnotatedMethod method) {
        return kinds(method).stream().map(kind -> "@" + kind.getSimpleName()).collect(Collectors.joining(" and "));
    }

    private static List<Class<?>> kinds(AnnotatedMethod method) {
        return method.annotations().<Class<?>>map(MergedAnnotation::getType).toList();
    }

    /** Then so are all public methods, and a private one is called by these. */
    private static boolean isCoveredWithItsType(AnnotatedMethod method) {
        return method.annotations().noneMatch(AnnotatedMethod::standsOnMethod);
    }

    private void readFrom(Class<?> type) {
        try (InputStream code = type.getResourceAsStream(ClassUtils.getClassFileName(type))) {
            if (code != null) {
                new ClassReader(code).accept(new Methods(), ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
            }
        } catch (IOException | RuntimeException unreadable) { // or newer than what can be read; no reason not to start
            LOG.debug("The code of " + type + " cannot be read.", unreadable);
        }
    }

    /**
     * What a method calls.
     *
     * @param guards of the method, or of those of its name, if it is a lambda written there
     */
    private void found(String caller, Collection<AnnotatedMethod> guards, AnnotatedMethod called) {
        if (guards.stream().noneMatch(guard -> kinds(guard).containsAll(kinds(called)))) {
            callers.putIfAbsent(caller, called);
        }
    }

    private final class Methods extends ClassVisitor {

        Methods() {
            super(SpringAsmInfo.ASM_VERSION);
        }

        @Override
        public @Nullable MethodVisitor visitMethod(
                int access,
                String name,
                String descriptor,
                @Nullable String signature,
                String @Nullable [] exceptions) {
            String own = name + descriptor;
            boolean isInherited = (access & (Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC)) == 0;
            if (isInherited && !overridden.add(own)) {
                return null; // run by super at most
            }
            boolean isPrivate = (access & Opcodes.ACC_PRIVATE) != 0;
            String caller = written(name);
            List<AnnotatedMethod> guards = methods.stream()
                    .filter(method -> caller.equals(name)
                            ? signature(method).equals(own)
                            : method.method().getName().equals(caller))
                    .toList();
            return new OwnCalls(access, called -> {
                AnnotatedMethod annotated = bySignature.get(called);
                if (annotated != null && !(isPrivate && isCoveredWithItsType(annotated))) {
                    found(caller, guards, annotated);
                }
            });
        }

        /** The method in which a lambda is written. */
        private static String written(String name) {
            int end = name.indexOf('$', LAMBDA.length());
            return name.startsWith(LAMBDA) && end > 0 ? name.substring(LAMBDA.length(), end) : name;
        }
    }
}
