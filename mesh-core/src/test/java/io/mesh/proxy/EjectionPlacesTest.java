package io.mesh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked for while places are left is in {@link PartialFailureTest}; this is what comes of asking when none is. */
class EjectionPlacesTest {

    private int instances = 4;
    private int heldByOthers;
    private long listVersion;
    private int looks;
    private int changesAfterLook;
    private Runnable change = () -> {};
    private final EjectionPlaces places =
            new EjectionPlaces(() -> looked(instances), () -> looked(heldByOthers), () -> listVersion, 50);

    /** What somebody sees who looks at the instances, and perhaps is not true any more when he has seen it. */
    private int looked(int seen) {
        if (++looks == changesAfterLook) {
            change.run();
        }
        return seen;
    }

    static List<Predicate<EjectionPlaces>> asks() {
        return List.of(EjectionPlaces::tryTake, EjectionPlaces::tryTakeUnlessOnlyOne);
    }

    private void takeAll() {
        assertThat(places.tryTake()).isTrue();
        assertThat(places.tryTakeUnlessOnlyOne()).isTrue();
        assertThat(places.tryTake()).isFalse();
        assertThat(places.taken()).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("asks")
    void aDenialIsRepeatedWithoutALookAtTheInstances(Predicate<EjectionPlaces> ask) {
        takeAll();
        int before = looks;

        for (int i = 0; i < 1_000; i++) {
            assertThat(ask.test(places)).isFalse();
        }

        assertThat(looks).isEqualTo(before);
        assertThat(places.taken()).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("asks")
    void aPlaceThatIsGivenBackIsTakenByTheNextWhoAsks(Predicate<EjectionPlaces> ask) {
        takeAll();

        places.giveBack();

        assertThat(ask.test(places)).isTrue();
        assertThat(ask.test(places)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("asks")
    void instancesThatComeBringPlaces(Predicate<EjectionPlaces> ask) {
        takeAll();

        instances = 6;
        listVersion++;

        assertThat(ask.test(places)).isTrue();
        assertThat(ask.test(places)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("asks")
    void aPlaceOfAnInstanceThatIsDrainedIsNotCountedAnyMore(Predicate<EjectionPlaces> ask) {
        instances = 5;
        takeAll();

        instances = 4;
        heldByOthers = 1;
        listVersion++;

        assertThat(ask.test(places)).isTrue();
        assertThat(ask.test(places)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("asks")
    void aLargerShareHoldsAtOnce(Predicate<EjectionPlaces> ask) {
        takeAll();

        places.percent(75);

        assertThat(ask.test(places)).isTrue();
        assertThat(ask.test(places)).isFalse();
    }

    /** Its call was under way when it was drained; until it is seen to hold its place, the place counts. */
    @ParameterizedTest
    @MethodSource("asks")
    void aPlaceThatADrainedInstanceHasJustTakenCountsOnlyUntilItIsSeenToHoldIt(Predicate<EjectionPlaces> ask) {
        takeAll();

        heldByOthers = 1; // one of the two
        places.held();

        assertThat(ask.test(places)).isTrue();
        assertThat(ask.test(places)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatChangesInTheMidstOfADenialIsSeenByTheNextWhoAsks(int look) {
        List<Runnable> changes = List.of(
                places::giveBack,
                () -> places.percent(75),
                () -> {
                    instances = 6;
                    listVersion++;
                },
                () -> {
                    heldByOthers = 1;
                    places.held();
                });
        for (Runnable one : changes) {
            places.percent(50);
            instances = 4;
            heldByOthers = 0;
            listVersion++;
            while (places.taken() > 0) {
                places.giveBack();
            }
            takeAll();
            listVersion++; // so that it looks again

            change = one;
            changesAfterLook = looks + look;
            boolean first = places.tryTake();
            boolean second = places.tryTake();

            assertThat(first || second).isTrue();
            assertThat(places.tryTake()).isFalse();
        }
    }

    @Test
    void theOnlyInstanceGetsAPlaceForItsBreakerThoughItWasDeniedOneForAskingToWait() {
        instances = 1;

        assertThat(places.tryTakeUnlessOnlyOne()).isFalse();
        assertThat(places.tryTake()).isTrue();
        assertThat(places.tryTakeUnlessOnlyOne()).isFalse();
    }

    @Test
    void oneThatIsLeftAloneIsDeniedNothingThatWasDeniedBefore() {
        takeAll();

        instances = 1;
        listVersion++;

        assertThat(places.tryTakeUnlessOnlyOne()).isFalse();
        assertThat(places.tryTake()).isTrue();
    }
}
