package io.mesh.spring.properties;

import io.mesh.model.MeshConfig;
import io.mesh.model.Mode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
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
        if (config.mode() == Mode.OBSERVE) {
            List<String> acting = services(config, Mode.ACT);
            LOG.info("Mesh only observes" + (acting.isEmpty() ? "" : ", but for " + String.join(", ", acting)) + ": "
                    + WHAT + " To let it act, set mesh.mode to act.");
            return;
        }
        List<String> observed = services(config, Mode.OBSERVE);
        if (!observed.isEmpty()) {
            LOG.info("Mesh only observes calls of " + String.join(", ", observed) + ": " + WHAT + " To let it act, set "
                    + observed.stream()
                            .map(name -> "mesh.services." + name + ".mode")
                            .collect(Collectors.joining(", "))
                    + " to act.");
        }
    }

    private static List<String> services(MeshConfig config, Mode mode) {
        return config.services().entrySet().stream()
                .filter(service -> config.modeOf(service.getValue()) == mode)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }
}
