package io.mesh.lab;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * One simulated instance: so many workers, before them a queue without end. Work that nobody waits for any more is done all
 * the same, as most servers do it.
 */
final class Backend {

    private static final int UNBOUNDED = Integer.MAX_VALUE;

    private final Simulation simulation;
    private final RandomGenerator random;
    private final Queue<CompletableFuture<String>> waiting = new ArrayDeque<>();
    private final PerSecond received;
    private Behaviour behaviour;
    private int workers;
    private int busy;
    private boolean stopped;

    /** A backend that works on any number of calls at once. */
    Backend(Simulation simulation, String id, Behaviour behaviour) {
        this(simulation, id, behaviour, UNBOUNDED);
    }

    Backend(Simulation simulation, String id, Behaviour behaviour, int workers) {
        this.simulation = simulation;
        this.random = simulation.random(id);
        this.received = new PerSecond();
        this.behaviour = behaviour;
        this.workers = workers;
    }

    /** How many calls it has received in each second. */
    PerSecond received() {
        return received;
    }

    void behave(Behaviour next) {
        behaviour = next;
    }

    void workers(int number) {
        workers = number;
        workOn();
    }

    /** Nobody listens any more; calls under way are finished. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Sends a call. */
    CompletableFuture<String> send() {
        received.add(simulation.seconds());
        if (stopped) {
            return CompletableFuture.failedFuture(new Refusal());
        }
        CompletableFuture<String> answer = new CompletableFuture<>();
        waiting.add(answer);
        workOn();
        return answer;
    }

    private void workOn() {
        while (busy < workers && !waiting.isEmpty()) {
            CompletableFuture<String> call = waiting.remove();
            Behaviour.Answer answer = behaviour.answer(simulation.seconds(), random);
            busy++;
            simulation.schedule(() -> end(call, answer), Simulation.nanos(answer.seconds()));
        }
    }

    private void end(CompletableFuture<String> call, Behaviour.Answer answer) {
        busy--;
        if (answer.succeeds()) {
            call.complete("answer");
        } else {
            call.completeExceptionally(new Failure("503 Service Unavailable"));
        }
        workOn();
    }
}
