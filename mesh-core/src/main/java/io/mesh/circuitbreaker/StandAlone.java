package io.mesh.circuitbreaker;

/** What a breaker asks that belongs to no fleet: it always gets a place. */
enum StandAlone implements Ejections {
    INSTANCE;

    @Override
    public boolean tryTake() {
        return true;
    }

    @Override
    public void giveBack() {
        // there is no count to keep
    }

    @Override
    public void changed() {
        // there is nobody to tell
    }
}
