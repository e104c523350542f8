package io.mesh.circuitbreaker;

import java.util.concurrent.atomic.AtomicBoolean;

/** A place that an opening holds among the ejected of its fleet; given back once, whoever tries. */
final class EjectionPlace {

    private final Ejections ejections;
    private final AtomicBoolean givenBack = new AtomicBoolean();

    EjectionPlace(Ejections ejections) {
        this.ejections = ejections;
    }

    boolean isOf(Ejections fleet) {
        return ejections == fleet;
    }

    void giveBack() {
        if (givenBack.compareAndSet(false, true)) {
            ejections.giveBack();
        }
    }
}
