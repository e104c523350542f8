package io.mesh;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.mesh.time.Ticker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The house of Mesh: which room may know which. A room knows those below its floor, never one beside it. */
class ArchitectureTest {

    private static final List<List<String>> FLOORS = List.of(
            List.of("model"),
            List.of("time", "annotation"),
            List.of("policy", "event"),
            List.of("circuitbreaker", "retry", "loadbalancer", "health", "discovery", "limit"),
            List.of("proxy"));

    private static final String[] CALL_PATHS = Stream.of(
                    "policy", "circuitbreaker", "retry", "loadbalancer", "limit", "proxy")
            .map(ArchitectureTest::packageOf)
            .toArray(String[]::new);

    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.mesh");

    static Stream<String> rooms() {
        return FLOORS.stream().flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void aRoomKnowsOnlyTheFloorsBelowIt(String room) {
        int floor = floorOf(room);
        String[] known = Stream.concat(
                        Stream.of(room), FLOORS.stream().limit(floor).flatMap(List::stream))
                .map(ArchitectureTest::packageOf)
                .toArray(String[]::new);

        classes()
                .that()
                .resideInAPackage(packageOf(room))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(known).or(outsideOfMesh()))
                .allowEmptyShould(true) // a room comes with its behaviour
                .check(CORE);
    }

    @Test
    void everyClassIsInARoom() {
        String[] known = rooms().map(ArchitectureTest::packageOf).toArray(String[]::new);

        classes().should().resideInAnyPackage(known).check(CORE);
    }

    @Test
    void thereAreClassesToCheckInTheRoomsThatEveryReleaseHas() {
        assertThat(Map.of(
                        "model", countIn("model"),
                        "time", countIn("time"),
                        "policy", countIn("policy"),
                        "event", countIn("event"),
                        "loadbalancer", countIn("loadbalancer")))
                .allSatisfy((room, count) -> assertThat(count).as(room).isPositive());
    }

    @Test
    void theCoreNeedsNothingButTheJdkAndNullAnnotations() {
        classes()
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("io.mesh..", "java..", "javax.naming..", "org.jspecify.annotations"))
                .check(CORE);
    }

    @Test
    void theModelIsDataOnly() {
        classes()
                .that()
                .resideInAPackage(packageOf("model"))
                .should()
                .beRecords()
                .orShould()
                .beEnums()
                .orShould()
                .beInterfaces() // package-info is one
                .orShould()
                .beAssignableTo(Throwable.class)
                .orShould(be(describe(
                        "builders inside of records",
                        c -> c.getSimpleName().equals("Builder")
                                && c.getEnclosingClass()
                                        .filter(JavaClass::isRecord)
                                        .isPresent())))
                .orShould(be(describe(
                        "the package's own checks",
                        c -> c.getSimpleName().equals("Check")
                                && !c.getModifiers().contains(JavaModifier.PUBLIC))))
                .check(CORE);
    }

    @Test
    void theModelKnowsNoThreadsNoClocksAndNoAtomics() {
        noClasses()
                .that()
                .resideInAPackage(packageOf("model"))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks")
                        .and(describe("are not wrappers of failures", c -> !c.isAssignableTo(Throwable.class))))
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, Runnable.class, ThreadLocal.class, Timer.class, Clock.class, Instant.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(CORE);
    }

    @Test
    void nobodyInTheCoreLocksOrSleepsButTheMeshWhileItIsReconfiguredOrClosed() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.mesh.proxy.Mesh")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(ReentrantLock.class, ReentrantReadWriteLock.class, StampedLock.class)
                .orShould()
                .callMethodWhere(describe(
                        "Thread.sleep or Object.wait",
                        call -> calls(call, Thread.class, "sleep") || calls(call, Object.class, "wait")))
                .check(CORE);
        noMethods().should().haveModifier(JavaModifier.SYNCHRONIZED).check(CORE);
    }

    /** The disassembler of the JDK shows what no source or signature does: a {@code synchronized} block. */
    @Test
    void noBlockIsSynchronized() {
        StringWriter disassembly = new StringWriter();
        String[] arguments = Stream.concat(
                        Stream.of("-c", "-p"),
                        CORE.stream()
                                .map(c -> Path.of(c.getSource().orElseThrow().getUri()))
                                .map(Path::toString))
                .toArray(String[]::new);

        int exit = ToolProvider.findFirst("javap")
                .orElseThrow()
                .run(new PrintWriter(disassembly), new PrintWriter(disassembly), arguments);

        List<String> classes = List.of(disassembly.toString().split("Compiled from ", -1));
        assertThat(exit).isZero();
        assertThat(classes).hasSizeGreaterThanOrEqualTo(CORE.size());
        assertThat(classes.stream()
                        .filter(code -> code.contains("monitorenter"))
                        .map(code -> code.substring(0, code.indexOf('\n'))))
                .isEmpty();
    }

    @Test
    void nobodyCallsWhatLocksInMesh() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.mesh.proxy.Mesh")
                .should()
                .callMethodWhere(describe("a method that locks", ArchitectureTest::locks))
                .check(CORE);
    }

    private static boolean locks(JavaMethodCall call) {
        return call.getTarget().resolveMember().map(JavaMethod::getMethodCallsFromSelf).orElse(Set.of()).stream()
                .anyMatch(inside -> inside.getTargetOwner().isEquivalentTo(ReentrantLock.class));
    }

    /** Or {@link HotPathTest}, which counts what a ticker is asked, would not see every reading. */
    @Test
    void callPathsReadTheTimeThroughTickersOnly() {
        noClasses()
                .that()
                .resideInAnyPackage(CALL_PATHS)
                .and()
                .doNotHaveFullyQualifiedName("io.mesh.proxy.Waits") // parks threads, for real time
                .and()
                .doNotHaveFullyQualifiedName("io.mesh.policy.DelayHints") // a Retry-After may be a date
                .should()
                .accessTargetWhere(describe(
                        "a clock",
                        access -> isOf(access, System.class, "nanoTime")
                                || isOf(access, System.class, "currentTimeMillis")))
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Clock.class, Instant.class, Date.class, LocalDateTime.class, ZonedDateTime.class)
                .check(CORE);
        noClasses()
                .that()
                .resideInAnyPackage(CALL_PATHS)
                .and()
                .haveSimpleNameNotEndingWith("Builder") // defaults
                .should()
                .accessTargetWhere(describe("the ticker of the system", access -> isOf(access, Ticker.class, "system")))
                .check(CORE);
    }

    @Test
    void callPathsWaitForNobody() {
        noClasses()
                .that()
                .resideInAnyPackage(CALL_PATHS)
                .and()
                .doNotHaveFullyQualifiedName("io.mesh.proxy.Mesh")
                .should()
                .dependOnClassesThat(describe(
                        "lock, or let threads wait for each other",
                        c -> c.isAssignableTo(Lock.class)
                                || c.isAssignableTo(BlockingQueue.class)
                                || List.of(
                                                "java.util.concurrent.Semaphore",
                                                "java.util.concurrent.CountDownLatch",
                                                "java.util.concurrent.CyclicBarrier",
                                                "java.util.concurrent.Phaser",
                                                "java.util.Hashtable",
                                                "java.util.Vector",
                                                "java.lang.StringBuffer")
                                        .contains(c.getName())))
                .orShould()
                .accessTargetWhere(describe(
                        "a method that waits or locks",
                        access -> isOf(access, CompletableFuture.class, "join")
                                || isOf(access, CompletableFuture.class, "get")
                                || isOf(access, Thread.class, "join")
                                || (access.getTargetOwner().isAssignableTo(ConcurrentMap.class)
                                        && Set.of("compute", "computeIfAbsent", "computeIfPresent", "merge")
                                                .contains(access.getName()))))
                .check(CORE);
    }

    private static boolean isOf(JavaAccess<?> access, Class<?> owner, String member) {
        return access.getName().equals(member) && access.getTargetOwner().isEquivalentTo(owner);
    }

    private static boolean calls(JavaMethodCall call, Class<?> owner, String method) {
        return call.getName().equals(method) && call.getTargetOwner().isEquivalentTo(owner);
    }

    private static int floorOf(String room) {
        return FLOORS.indexOf(FLOORS.stream()
                .filter(floor -> floor.contains(room))
                .findFirst()
                .orElseThrow());
    }

    private static long countIn(String room) {
        return CORE.stream()
                .filter(c -> c.getPackageName().equals(packageOf(room)))
                .count();
    }

    private static DescribedPredicate<JavaClass> outsideOfMesh() {
        return describe("outside of Mesh", c -> !c.getPackageName().startsWith("io.mesh"));
    }

    private static String packageOf(String room) {
        return "io.mesh." + room;
    }
}
