package io.mesh.proxy;

import io.mesh.event.EventQueue;
import io.mesh.event.MeshEvent;
import io.mesh.event.MeshListener;
import io.mesh.loadbalancer.LoadBalancer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells of the panics of one service: that one has begun and that it has ended, in turn. What was told is an odd number
 * while it is a panic. Looking is repeated until what was told is what there is, so in the end that is the last list.
 */
final class PanicWatch {

    private final String service;
    private final EventQueue events;
    private final AtomicLong told = new AtomicLong();

    PanicWatch(String service, List<MeshListener> listeners) {
        this.service = service;
        this.events = new EventQueue(listeners);
    }

    void look(LoadBalancer balancer) {
        while (true) {
            long before = told.get();
            boolean panic = balancer.isInPanic();
            if (panic == (before % 2 == 1)) {
                return;
            }
            if (told.compareAndSet(before, before + 1)) {
                events.publish(before, new MeshEvent.PanicChanged(service, panic));
            }
        }
    }
}
