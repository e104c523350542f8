package io.mesh.sample.backend;

import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.json.JsonMapper;

/**
 * One instance of the service payments.
 *
 * <pre>{@code
 * POST /charges   {"order": "...", "cents": 100}
 * }</pre>
 *
 * As many payment services, it takes a second request for a second charge.
 */
record PaymentsWork(String id, AtomicLong charges) implements BackendWork {

    private static final JsonMapper json = JsonMapper.shared();

    @Override
    public Answer answer(Request request) {
        if (!request.is("POST", "/charges")) {
            return Answer.error(404, "payments does not know " + request.method() + " " + request.path());
        }
        Charge charge = json.readValue(request.body(), Charge.class);
        return Answer.ok(new Receipt("charge-" + charges.incrementAndGet(), charge.order(), charge.cents(), id));
    }

    private record Charge(String order, long cents) {}

    private record Receipt(String charge, String order, long cents, String source) {}
}
