package io.mesh.spring.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import io.mesh.spring.autoconfigure.MeshRunner;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Lazy;

/** A call of the object's own annotated method on itself is warned of where the code shows it. */
@ExtendWith(OutputCaptureExtension.class)
class SelfCallsTest {

    static class Base {

        public String inherited(Base other) {
            return guarded("a", 1L);
        }

        public String guarded(String item, long count) {
            return item + count;
        }

        public String overridden(String item) {
            return guarded(item, 1);
        }
    }

    static class Guarded extends Base {

        private final Guarded self;
        private long[] counts = {1};
        private int calls;

        Guarded(@Lazy Guarded self) {
            this.self = self;
        }

        @Override
        @WithRetry("guarded")
        public String guarded(String item, long count) {
            return super.guarded(item, count);
        }

        @WithRetry("recursive")
        public String recursive(int depth) {
            return depth == 0 ? "" : recursive(depth - 1);
        }

        @WithCircuitBreaker("other")
        public String otherKind(String item) {
            return guarded(item, 1);
        }

        @WithRetry("same")
        public String sameKind(String item) {
            return guarded(item, 1);
        }

        public String plain(String item) {
            calls++;
            return "<" + guarded(item + calls, counts[0]++) + ">";
        }

        public String branching(boolean first) {
            return guarded(first ? "a" : String.valueOf(calls), first ? 2L : counts[0]);
        }

        public String inTry(String item) {
            try {
                return item.isEmpty() ? item : guarded(item, item.length());
            } catch (IllegalStateException failed) {
                return switch (item) {
                    case "a" -> "b";
                    default -> throw failed;
                };
            }
        }

        public String guarded(String item) {
            return guarded(item, 1);
        }

        public String counting(String item) {
            return guarded(item, calls++);
        }

        @Override
        public String overridden(String item) {
            return item;
        }

        public String byReferenceIfThereIsOne(String item) {
            return (self != null ? self : this).guarded(item, 1) + (self == null ? this : self).guarded(item, 2);
        }

        public Supplier<String> lambda(String item) {
            return () -> guarded(item, 1);
        }

        public Callable<List<String>> nested(List<String> items) {
            return () -> items.stream().map(item -> guarded(item, 1)).toList();
        }

        public Function<Integer, String> reference() {
            return this::recursive;
        }

        public String byReference(String item, Guarded other) {
            return self.guarded(item, 1) + other.guarded(item, 2) + new Guarded(self).guarded(item, 3);
        }

        public String unguarded(String item) {
            return "" + hashCode() + byReference(item, this) + super.guarded(item, 1);
        }
    }

    /** All public methods are guarded, whatever private ones they share their work with. */
    @WithRetry("type")
    static class OnType {

        public String one(String item) {
            return shared(item);
        }

        public String two(String item) {
            return item;
        }

        private String shared(String item) {
            return two(item);
        }

        String unguarded(String item) {
            return two(item);
        }
    }

    @Test
    void withAnAnnotationOnTheTypeAPrivateMethodIsCalledByGuardedOnes(CapturedOutput output) {
        MeshRunner.runner().withBean(OnType.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(output)
                    .contains("OnType.unguarded calls two(String) of its own object")
                    .doesNotContain("OnType.shared")
                    .doesNotContain("OnType.one");
        });
    }

    /** Once, however many beans are of the class. */
    @Test
    void eachMethodThatCallsAGuardedOneOfItsOwnObjectIsNamed(CapturedOutput output) {
        MeshRunner.runner()
                .withBean("one", Guarded.class)
                .withBean("two", Guarded.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    String type = Guarded.class.getName();
                    assertThat(output.toString().lines().filter(line -> line.contains("of its own object")))
                            .hasSize(10)
                            .allSatisfy(
                                    line -> assertThat(line).contains("WARN").contains(type));
                    for (String caller : List.of(
                            "inherited",
                            "otherKind",
                            "plain",
                            "branching",
                            "inTry",
                            "lambda",
                            "nested",
                            "guarded",
                            "counting")) {
                        assertThat(output)
                                .contains(type + "." + caller
                                        + " calls guarded(String, long) of its own object, past the proxy and"
                                        + " so without @WithRetry. Have it called from another bean, or by a reference"
                                        + " to the bean itself that is injected with @Lazy.");
                    }
                    assertThat(output).contains(type + ".reference calls recursive(int) of its own object");
                });
    }
}
