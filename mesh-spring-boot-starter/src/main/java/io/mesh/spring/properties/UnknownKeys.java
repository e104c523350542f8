package io.mesh.spring.properties;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Keys that do not exist. Boot leaves two sources out of its check: the environment and the system properties belong to the
 * machine too, so what is unknown there does not stop the start, but is warned of.
 */
final class UnknownKeys {

    private static final Log LOG = LogFactory.getLog("io.mesh");

    private static final String PORT = "PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?";
    private static final Pattern OF_THE_SERVICE_MESH =
            Pattern.compile("MESH_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|" + PORT + ")");
    /** One called mesh-gateway, for example; its MESH_GATEWAY_PORT is told from a typing error by its value. */
    private static final Pattern OF_ANOTHER_SERVICE =
            Pattern.compile("MESH_[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT|" + PORT + ")");

    private static final Pattern ADDRESS = Pattern.compile("(tcp|udp|sctp)://");

    private UnknownKeys() {}

    /** Warns of those that do not stop the start. */
    static void warn(Environment environment) {
        in(environment, UnknownKeys::isUnchecked)
                .forEach(property -> LOG.warn(property.getName() + " is no setting of Mesh and has no effect"
                        + Wording.place(property.getOrigin()) + ". " + mend(property)));
    }

    /** All of them, wherever they stand: a sentence that says where, and its mend. */
    static Map<String, String> mends(Environment environment) {
        Map<String, String> mends = new LinkedHashMap<>();
        in(environment, source -> true)
                .forEach(property -> mends.put(
                        property.getName() + " is no setting of Mesh" + Wording.place(property.getOrigin()) + ".",
                        mend(property)));
        return mends;
    }

    private static List<ConfigurationProperty> in(
            Environment environment, Predicate<ConfigurationPropertySource> which) {
        List<ConfigurationProperty> unknown = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource iterable && which.test(source)) {
                iterable.stream()
                        .filter(name -> Schema.ROOT.isAncestorOf(name) && !Schema.knows(name))
                        .map(iterable::getConfigurationProperty)
                        .filter(UnknownKeys::isForUs)
                        .forEach(unknown::add);
            }
        }
        return unknown;
    }

    private static String mend(ConfigurationProperty property) {
        return variable(property) == null ? Schema.mend(property.getName()) : Schema.mendOfVariable(property.getName());
    }

    private static boolean isForUs(ConfigurationProperty property) {
        String variable = variable(property);
        return variable == null || !isOfKubernetes(variable, String.valueOf(property.getValue()));
    }

    private static @Nullable String variable(ConfigurationProperty property) {
        return property.getOrigin() instanceof PropertySourceOrigin origin
                        && origin.getPropertySource() instanceof SystemEnvironmentPropertySource
                ? origin.getPropertyName()
                : null;
    }

    /** Kubernetes tells every container where the services of its namespace are: MESH_... for one called mesh. */
    private static boolean isOfKubernetes(String variable, String value) {
        return OF_THE_SERVICE_MESH.matcher(variable).matches()
                || OF_ANOTHER_SERVICE.matcher(variable).matches()
                || (variable.endsWith("_PORT") && ADDRESS.matcher(value).lookingAt());
    }

    private static boolean isUnchecked(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> underlying
                && (underlying.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME)
                        || underlying.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME));
    }
}
