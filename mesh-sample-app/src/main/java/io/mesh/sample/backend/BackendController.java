package io.mesh.sample.backend;

import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** The switches of the backends, and how many requests each has got. */
@RestController
@ConditionalOnBooleanProperty(name = "shop.embedded-backends", matchIfMissing = true)
class BackendController {

    private final Backends backends;

    BackendController(Backends backends) {
        this.backends = backends;
    }

    @GetMapping("/backends")
    List<BackendView> all() {
        return backends.all().stream().map(BackendView::of).toList();
    }

    @PostMapping("/backends/{id}/{action}")
    BackendView flip(@PathVariable String id, @PathVariable String action) {
        Backend backend = backends.byId(id);
        if (backend == null) {
            throw new ResponseStatusException(
                    HttpStatus.NOT_FOUND,
                    "There is no backend '" + id + "', but "
                            + backends.all().stream().map(Backend::id).toList() + ".");
        }
        backend.switchTo(mode(action));
        return BackendView.of(backend);
    }

    private static BackendMode mode(String action) {
        return switch (action) {
            case "fail" -> BackendMode.FAIL;
            case "slow" -> BackendMode.SLOW;
            case "refuse" -> BackendMode.REFUSE;
            case "mend" -> BackendMode.WELL;
            default ->
                throw new ResponseStatusException(
                        HttpStatus.NOT_FOUND, "A backend can be told to fail, slow, refuse or mend, not to " + action);
        };
    }

    /** One backend as shown to people. */
    record BackendView(String id, String address, String mode, long requests) {

        static BackendView of(Backend backend) {
            return new BackendView(
                    backend.id(), backend.address(), backend.mode().label(), backend.requests());
        }
    }
}
