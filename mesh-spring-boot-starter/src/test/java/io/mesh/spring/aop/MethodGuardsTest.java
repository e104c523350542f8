package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.api.Test;

class MethodGuardsTest {

    private static final Guard FIRST = MethodInvocation::proceed;
    private static final Guard SECOND = invocation -> null;

    private final MethodGuards guards = new MethodGuards();

    @Test
    void aMethodWithoutAGuardIsNotKnown() {
        assertThat(guards.get(method("trim"))).isNull();
    }

    @Test
    void aMethodIsKnownByWhateverObjectStandsForIt() {
        guards.add(method("trim"), FIRST);
        Method copy = method("trim");

        assertThat(copy).isNotSameAs(method("trim"));
        assertThat(guards.get(copy)).isSameAs(FIRST);
        assertThat(guards.get(copy)).isSameAs(FIRST);
        assertThat(guards.get(method("strip"))).isNull();
    }

    @Test
    void theFirstGuardOfAMethodStays() {
        assertThat(guards.add(method("trim"), FIRST)).isSameAs(FIRST);
        assertThat(guards.add(method("trim"), SECOND)).isSameAs(FIRST);
        assertThat(guards.get(method("trim"))).isSameAs(FIRST);
    }

    @Test
    void everyMethodOfALargeClassIsKnownHoweverOftenItIsAskedFor() {
        List<Method> methods = Stream.of(String.class.getDeclaredMethods()).toList();
        for (int i = 0; i < methods.size(); i++) {
            guards.add(methods.get(i), i % 2 == 0 ? FIRST : SECOND);
        }

        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < methods.size(); i++) {
                assertThat(guards.get(methods.get(i))).isSameAs(i % 2 == 0 ? FIRST : SECOND);
            }
        }
    }

    private static Method method(String name) {
        try {
            return String.class.getMethod(name);
        } catch (NoSuchMethodException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
