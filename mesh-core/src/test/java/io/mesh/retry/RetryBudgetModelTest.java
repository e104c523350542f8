package io.mesh.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.event.EventQueue;
import io.mesh.model.RetryBudgetConfig;
import io.mesh.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** After any history the budget says what one says that remembers everything and computes it anew each time. */
class RetryBudgetModelTest {

    private static final int STEPS = 400;

    /** Everything that has happened, in milliseconds since the budget was made. */
    private static final class Remembering {

        private record Look(long at, long succeeded, long failed) {}

        private final double ratio;
        private final long minPerSecond;
        private final long ttl;
        private final List<Long> retries = new ArrayList<>();
        private final List<Look> looks = new ArrayList<>(List.of(new Look(0, 0, 0)));
        private long now;
        private long succeeded;
        private long failed;

        Remembering(RetryBudgetConfig config) {
            this.ratio = config.ratio();
            this.minPerSecond = config.minPerSecond();
            this.ttl = config.ttl().toMillis();
        }

        private Look last() {
            return looks.get(looks.size() - 1);
        }

        void look() {
            if (now - last().at >= 1_000) {
                looks.add(new Look(now, succeeded, failed));
            }
        }

        boolean withdraw(int taken) {
            look();
            double before = balance();
            boolean paid = before >= 1;
            boolean calm = 2 * (retriesIn(1_000) + 1) <= Math.max(2 * minPerSecond, firstAttemptsInLastSecond());
            boolean fair = taken < Math.max(1, Math.floor((before + taken) / 5));
            if (paid && calm && fair) {
                retries.add(now);
                return true;
            }
            return false;
        }

        double balance() {
            Look newest = now - last().at >= 1_000 ? new Look(now, succeeded, failed) : last();
            long earned = newest.succeeded - succeededAt(now - ttl, newest);
            return (Math.round(ratio * earned * 1_000) + minPerSecond * ttl) / 1_000.0 - retriesIn(ttl);
        }

        /** A span is ten tenths of it, the running one included. */
        private long retriesIn(long span) {
            long tenth = span / 10;
            return retries.stream().filter(at -> now / tenth - at / tenth < 10).count();
        }

        private long firstAttemptsInLastSecond() {
            return Math.max(
                    last().succeeded
                            - succeededAt(last().at - 1_000, last())
                            + last().failed
                            - failedAt(last().at - 1_000),
                    last().succeeded - succeededAt(now - 1_000, last()) + failed - failedAt(now - 1_000));
        }

        private long succeededAt(long moment, Look newest) {
            Look later = newest;
            for (int i = looks.size() - 1; i >= 0; i--) {
                Look earlier = looks.get(i);
                if (moment >= earlier.at) {
                    return between(moment, earlier.at, later.at, earlier.succeeded, later.succeeded);
                }
                later = earlier;
            }
            return 0;
        }

        private long failedAt(long moment) {
            Look later = last();
            for (int i = looks.size() - 1; i >= 0; i--) {
                Look earlier = looks.get(i);
                if (moment >= earlier.at) {
                    return between(moment, earlier.at, later.at, earlier.failed, later.failed);
                }
                later = earlier;
            }
            return 0;
        }

        private static long between(long moment, long from, long to, long countFrom, long countTo) {
            return from == to
                    ? countFrom
                    : countFrom + (long) ((countTo - countFrom) * ((double) (moment - from) / (to - from)));
        }
    }

    @Property(tries = 300)
    void theBudgetSaysWhatOneSaysThatRemembersEverything(
            @ForAll @IntRange(min = 0, max = 40) int ratioInTwentieths,
            @ForAll @IntRange(min = 0, max = 20) int minPerSecond,
            @ForAll @IntRange(min = 1, max = 60) int ttl,
            @ForAll boolean nearOverflow,
            @ForAll long seed) {
        RetryBudgetConfig config =
                new RetryBudgetConfig(ratioInTwentieths / 20.0, minPerSecond, Duration.ofSeconds(ttl), true);
        ManualClock clock = nearOverflow ? new ManualClock() : new ManualClock(-7);
        RetryBudget budget = new RetryBudget("payments", config, clock, new EventQueue(List.of()), null, awoken -> {});
        Remembering model = new Remembering(config);
        List<Withdrawal> outstanding = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(seed);
        long denied = 0;

        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    long millis = random.nextInt(4) == 0 ? random.nextLong(20_000) : random.nextLong(300);
                    clock.advance(Duration.ofMillis(millis));
                    model.now += millis;
                }
                case 2 -> {
                    int calls = random.nextInt(50);
                    for (int i = 0; i < calls; i++) {
                        budget.succeeded();
                    }
                    model.succeeded += calls;
                }
                case 3 -> {
                    budget.tick();
                    model.look();
                }
                case 4 -> {
                    if (!outstanding.isEmpty()) {
                        int one = random.nextInt(outstanding.size());
                        Withdrawal withdrawal = outstanding.remove(one);
                        Long at = times.remove(one);
                        if (random.nextBoolean()) {
                            withdrawal.giveBack();
                            withdrawal.giveBack();
                            model.retries.remove(at);
                        } else {
                            assertThat(withdrawal.spend()).isTrue();
                            withdrawal.giveBackUnlessSpent();
                        }
                    }
                }
                default -> {
                    int taken = random.nextInt(3);
                    if (taken == 0) {
                        budget.failed();
                        model.failed++;
                    }
                    boolean paid = budget.withdraw(taken) instanceof Withdrawal withdrawal
                            && outstanding.add(withdrawal)
                            && times.add(model.now);
                    denied += paid ? 0 : 1;
                    assertThat(paid).as("step %s", step).isEqualTo(model.withdraw(taken));
                }
            }
            assertThat(budget.snapshot().balance()).as("step %s", step).isEqualTo((long)
                    Math.max(0, Math.floor(model.balance())));
            assertThat(budget.snapshot().denied()).isEqualTo(denied);
            assertThat(budget.snapshot().retries()).isEqualTo(model.retriesIn(model.ttl));
        }
    }
}
