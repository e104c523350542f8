package io.mesh.health;

import io.mesh.event.MeshEvent;
import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HealthSnapshot;
import io.mesh.model.HealthVerdict;
import io.mesh.model.ServiceInstance;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the checks of one instance say, from when it comes into the list to when it leaves: one that is added again later
 * is another one, of which nothing is known.
 *
 * <ol>
 * <li>All that is known is one immutable value, swapped by compare-and-set.
 * <li>A result counts only while the schedule that asked for it is the current one. So settings that were changed, and an
 *     end, have the last word.
 * </ol>
 *
 * <p>Thread-safe.
 */
public final class InstanceHealth {

    private final HealthChecker checker;
    private final String id;
    private final Supplier<ServiceInstance> instance;
    private final AtomicReference<Watch> watch;

    /**
     * What is known, and under which settings.
     *
     * @param schedule of the checks; null before the first and after the last
     */
    private record Watch(
            @Nullable HealthCheckConfig config,
            @Nullable CheckSchedule schedule,
            HealthState state,
            boolean begun,
            boolean over) {

        /** Of instances that are not checked, which share it. */
        private static final Watch IDLE = new Watch(null, null, HealthState.UNKNOWN, false, false);

        private static final Watch IDLE_IN_THE_LIST = new Watch(null, null, HealthState.UNKNOWN, true, false);

        static Watch idle(boolean begun) {
            return begun ? IDLE_IN_THE_LIST : IDLE;
        }

        Watch with(HealthState newState) {
            return new Watch(config, schedule, newState, begun, over);
        }

        boolean checksFirst() {
            return config != null && config.checkFirst();
        }

        boolean isStalled() {
            return schedule != null && schedule.isStalled();
        }
    }

    InstanceHealth(HealthChecker checker, String id, Supplier<ServiceInstance> instance) {
        this.checker = checker;
        this.id = id;
        this.instance = instance;
        HealthCheckConfig config = checker.config();
        this.watch = new AtomicReference<>(
                config == null ? Watch.idle(false) : new Watch(config, null, HealthState.UNKNOWN, false, false));
    }

    /** {@return whether checks have not found it unhealthy} */
    public boolean isHealthy() {
        return !isUnhealthy(watch.get().state());
    }

    /**
     * Whether it should receive no calls for want of a good check: its own first one, or, unless
     * {@linkplain #isEarly() it is early}, that of others that came with it.
     *
     * @return never true without {@link HealthCheckConfig#checkFirst()}
     */
    public boolean isUnproven() {
        return isUnproven(watch.get());
    }

    private boolean isUnproven(Watch now) {
        return now.checksFirst() && !checker.admission().isIn(now.schedule());
    }

    /**
     * Whether, if it is unproven, it has passed a check of its own while others that came with it have not ended theirs: it
     * may be called beside others, but should not be called alone.
     *
     * @return whether it has passed
     */
    public boolean isEarly() {
        return checker.admission().hasPassed(watch.get().schedule());
    }

    /**
     * What is known now.
     *
     * @return null if it is not checked
     */
    public @Nullable HealthSnapshot snapshot() {
        Watch now = watch.get();
        HealthState state = now.state();
        if (now.config() == null) {
            return null;
        }
        Duration lastCheck = state.reason() == null
                ? null
                : Duration.ofNanos(Math.max(0, checker.parts().ticker().now() - state.checkedAt()));
        return new HealthSnapshot(state.verdict(), lastCheck, state.reason(), state.passed(), state.failed());
    }

    /** The instance is in the list: checks begin, if there are settings for them. Twice is once. */
    public void begin() {
        adopt(true);
    }

    /**
     * The settings of the service have changed: checks go on under the new ones, or begin, or end. If they are the same,
     * checks begin anew only where none is scheduled any more, since a scheduler has failed.
     */
    public void adopt() {
        adopt(false);
    }

    private void adopt(boolean begins) {
        while (true) {
            Watch before = watch.get();
            HealthCheckConfig config = checker.config();
            boolean begun = before.begun() || begins;
            boolean same = Objects.equals(before.config(), config) && begun == before.begun();
            if (before.over() || (same && !before.isStalled())) {
                return;
            }
            boolean usable = isUsable(before);
            boolean inUse = usable && before.begun();
            Watch after = config == null ? Watch.idle(begun) : watchUnder(config, begun, before.state());
            admit(after, inUse);
            if (watch.compareAndSet(before, after)) {
                boolean letIn = stop(before);
                start(after, inUse);
                if (letIn || usable != isUsable(watch.get())) {
                    checker.changed();
                }
                return;
            }
            if (stop(after)) {
                checker.changed();
            }
        }
    }

    private Watch watchUnder(HealthCheckConfig config, boolean begun, HealthState before) {
        CheckSchedule schedule = begun ? new CheckSchedule(checker.parts(), config, instance, this::ended) : null;
        return new Watch(config, schedule, before.restarted(), begun, false);
    }

    private boolean isUsable(Watch now) {
        return !isUnhealthy(now.state()) && !isUnproven(now);
    }

    /** Before it is the current one, so that nobody sees it without a place, and no place of it comes after its end. */
    private void admit(Watch after, boolean inUse) {
        CheckSchedule schedule = after.schedule();
        if (schedule == null || !after.checksFirst()) {
            return;
        }
        if (inUse) {
            checker.admission().admit(schedule); // what receives calls goes on until a check says otherwise
        } else if (after.state().verdict() == HealthVerdict.HEALTHY) {
            checker.admission().admitEarly(schedule);
        } else {
            checker.admission().expect(schedule);
        }
    }

    private static void start(Watch after, boolean inUse) {
        CheckSchedule schedule = after.schedule();
        if (schedule != null) {
            schedule.begin(after.checksFirst() && !inUse);
        }
    }

    /** True if that has let others in, which have waited for it. */
    private boolean stop(Watch before) {
        CheckSchedule schedule = before.schedule();
        if (schedule == null) {
            return false;
        }
        schedule.end();
        return checker.admission().leave(schedule);
    }

    /** The instance has left the list, or the mesh is closed: no further check, and the last verdict stays. */
    public void end() {
        Watch before = watch.getAndUpdate(now -> new Watch(now.config(), null, now.state(), now.begun(), true));
        if (stop(before)) {
            checker.changed();
        }
    }

    private void ended(CheckSchedule schedule, CheckResult result) {
        while (true) {
            Watch before = watch.get();
            HealthCheckConfig config = before.config();
            if (before.schedule() != schedule || config == null) {
                return;
            }
            HealthState state = before.state()
                    .after(result, config, checker.parts().ticker().now());
            if (watch.compareAndSet(before, before.with(state))) {
                boolean letIn = config.checkFirst() && tellAdmission(schedule, state.verdict());
                if (letIn || isUnhealthy(before.state()) != isUnhealthy(state)) {
                    checker.changed();
                }
                if (state.verdict() != before.state().verdict()) {
                    tell(schedule, before.state(), state, result);
                }
                return;
            }
        }
    }

    private static boolean isUnhealthy(HealthState state) {
        return state.verdict() == HealthVerdict.UNHEALTHY;
    }

    private boolean tellAdmission(CheckSchedule schedule, HealthVerdict verdict) {
        return switch (verdict) {
            case HEALTHY -> checker.admission().passed(schedule);
            case UNHEALTHY -> checker.admission().leave(schedule);
            case UNKNOWN -> checker.admission().seen(schedule);
        };
    }

    private void tell(CheckSchedule schedule, HealthState before, HealthState after, CheckResult result) {
        if (schedule.events().isSilent()) {
            return;
        }
        int checks = result.passed() ? after.passed() : after.failed();
        String reason = (result.passed() ? "passed " : "failed ")
                + (checks == 1 ? "a check" : checks + " checks in a row") + ": " + result.reason();
        schedule.events()
                .publish(
                        before.changes(),
                        new MeshEvent.HealthChanged(
                                checker.service() + "/" + id, before.verdict(), after.verdict(), reason));
    }
}
