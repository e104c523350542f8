package io.mesh.lab;

import io.mesh.model.CallOptions;
import java.util.List;
import java.util.stream.IntStream;

/** Ten thousand users, whose calls may be made twice; each has a key, for strategies that go by it. */
final class Users {

    private static final List<CallOptions> ALL = IntStream.range(0, 10_000)
            .mapToObj(user -> CallOptions.idempotent(true).withHashKey("user-" + user))
            .toList();

    private int last;

    /** The options of the next call. */
    CallOptions next() {
        last = (last + 1) % ALL.size();
        return ALL.get(last);
    }
}
