package io.mesh.spring.properties;

import io.mesh.model.MeshConfig;
import io.mesh.model.Mode;
import io.mesh.model.ServiceConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** Says at the start what is only observed: nobody should rely on protection that is not there. */
public final class Observing {

    private static final Log LOG = LogFactory.getLog("io.mesh");

    private static final String WHAT =
            "what it would reject, repeat or cut short is told and counted, and none of it is done.";

    private Observing() {}

    /**
     * Writes one line into the log if anything is only observed.
     *
     * @param config what applies
     */
    public static void say(MeshConfig config) {
        List<String> keys = new ArrayList<>();
        if (config.mode() == Mode.OBSERVE) {
            keys.add("mesh.mode");
        }
        services(config, service -> service.mode() == Mode.OBSERVE)
                .forEach(name -> keys.add("mesh.services." + name + ".mode"));
        if (keys.isEmpty()) {
            return;
        }
        LOG.info("Mesh only observes" + which(config) + ": " + WHAT + " To let it act, set " + String.join(", ", keys)
                + " to act.");
    }

    private static String which(MeshConfig config) {
        if (config.mode() == Mode.ACT) {
            return " calls of "
                    + services(config, service -> service.mode() == Mode.OBSERVE)
                            .collect(Collectors.joining(", "));
        }
        String acting = services(config, service -> service.mode() == Mode.ACT).collect(Collectors.joining(", "));
        return acting.isEmpty() ? "" : ", but for " + acting;
    }

    private static Stream<String> services(MeshConfig config, Predicate<? super ServiceConfig> which) {
        return config.services().entrySet().stream()
                .filter(service -> which.test(service.getValue()))
                .map(Map.Entry::getKey)
                .sorted();
    }
}
