package io.mesh.spring.properties;

import io.mesh.spring.properties.MeshProperties.DefaultSettings;
import io.mesh.spring.properties.MeshProperties.SubsetSettings;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;

/**
 * Which keys there are, read from {@link MeshProperties}, and which of them somebody may have meant.
 *
 * <p>A node is a record (its components are the keys), a map (any key), a list (any index) or a value.
 */
final class Schema {

    static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("mesh");

    /** What the same thing is called by others, or has been called elsewhere. */
    private static final List<Map.Entry<String, String>> ALSO_CALLED = List.of(
            Map.entry("max-retries", "max-attempts"),
            Map.entry("max-retry-attempts", "max-attempts"),
            Map.entry("retries", "max-attempts"),
            Map.entry("attempts", "max-attempts"),
            Map.entry("wait-duration", "initial-delay"),
            Map.entry("delay", "initial-delay"),
            Map.entry("backoff", "initial-delay"),
            Map.entry("initial-interval", "initial-delay"),
            Map.entry("max-interval", "max-delay"),
            Map.entry("exponential-backoff-multiplier", "multiplier"),
            Map.entry("retry-exceptions", "retry-on"),
            Map.entry("includes", "retry-on"),
            Map.entry("excludes", "abort-on"),
            Map.entry("ignore-exceptions", "ignore"),
            Map.entry("record-exceptions", "record-failure"),
            Map.entry("wait-duration-in-open-state", "open-timeout"),
            Map.entry("reset-timeout", "open-timeout"),
            Map.entry("timeout-seconds", "open-timeout"),
            Map.entry("timeout", "attempt-timeout"),
            Map.entry("timeout", "open-timeout"),
            Map.entry("per-try-timeout", "attempt-timeout"),
            Map.entry("call-timeout", "attempt-timeout"),
            Map.entry("request-timeout", "attempt-timeout"),
            Map.entry("timeout-duration", "timeout"),
            Map.entry("duration", "open-timeout"),
            Map.entry("duration", "timeout"),
            Map.entry("duration", "window"),
            Map.entry("time-limit", "timeout"),
            Map.entry("permitted-number-of-calls-in-half-open-state", "half-open-max-calls"),
            Map.entry("sliding-window-size", "calls"),
            Map.entry("request-volume-threshold", "minimum-calls"),
            Map.entry("minimum-number-of-calls", "minimum-calls"),
            Map.entry("minimum-throughput", "minimum-calls"),
            Map.entry("failure-ratio", "failure-rate-threshold"),
            Map.entry("slow-call-duration-threshold", "slow-call-duration"),
            Map.entry("exponential-max-wait-duration-in-open-state", "max-open-timeout"),
            Map.entry("automatic-transition-from-open-to-half-open-enabled", "eager-half-open"),
            Map.entry("max-wait-duration-in-half-open-state", "trial-timeout"),
            Map.entry("dry-run", "mode"),
            Map.entry("observe", "mode"),
            Map.entry("hedging", "hedge"),
            Map.entry("backup-requests", "hedge"),
            Map.entry("hedging-delay", "delay"),
            Map.entry("health-checks", "health-check"),
            Map.entry("active-health-check", "health-check"),
            Map.entry("scheme", "protocol"),
            Map.entry("outlier", "outlier-detection"),
            Map.entry("outlier-ejection", "outlier-detection"),
            Map.entry("healthy-panic-threshold", "panic-threshold"),
            Map.entry("slow-start-window", "slow-start"),
            Map.entry("warm-up", "slow-start"),
            Map.entry("min-weight-percent", "min-percent"),
            Map.entry("canary", "subsets"),
            Map.entry("canaries", "subsets"),
            Map.entry("canary-weight", "subsets"),
            Map.entry("canary-weight", "percent"),
            Map.entry("canary-percent", "subsets"),
            Map.entry("weight", "percent"),
            Map.entry("share", "percent"),
            Map.entry("percentage", "percent"),
            Map.entry("traffic", "percent"),
            Map.entry("labels", "metadata"),
            Map.entry("selector", "metadata"),
            Map.entry("match", "metadata"),
            Map.entry("tags", "metadata"),
            Map.entry("fallback-policy", "fallback"),
            Map.entry("deterministic-aperture", "aperture"),
            Map.entry("random-aperture", "aperture"),
            Map.entry("subsetting", "aperture"),
            Map.entry("random-subsetting", "aperture"),
            Map.entry("deterministic-subset", "aperture"),
            Map.entry("subset-size", "size"),
            Map.entry("min-aperture", "size"),
            Map.entry("aperture-size", "size"),
            Map.entry("max-instances", "size"),
            Map.entry("client-index", "client"),
            Map.entry("client-id", "client"),
            Map.entry("index", "client"),
            Map.entry("ordinal", "client"),
            Map.entry("total-clients", "clients"),
            Map.entry("client-count", "clients"),
            Map.entry("replicas", "clients"),
            Map.entry("max-concurrent-calls", "max-concurrent"),
            Map.entry("max-concurrency", "max-concurrent"),
            Map.entry("concurrency-limit", "max-concurrent"),
            Map.entry("bulkhead", "concurrency-limit"),
            Map.entry("max-wait-duration", "max-wait"),
            Map.entry("eureka", "spring-cloud"),
            Map.entry("consul", "spring-cloud"),
            Map.entry("zookeeper", "spring-cloud"),
            Map.entry("discovery-client", "spring-cloud"),
            Map.entry("service-id", "spring-cloud"),
            Map.entry("poll-interval", "refresh-interval"),
            Map.entry("policy", "strategy"),
            Map.entry("algorithm", "strategy"),
            Map.entry("lb-policy", "strategy"),
            Map.entry("addresses", "instances"),
            Map.entry("hosts", "instances"),
            Map.entry("servers", "instances"),
            Map.entry("urls", "instances"),
            Map.entry("host", "instances"),
            Map.entry("port", "instances"),
            Map.entry("address", "instances"),
            Map.entry("url", "instances"),
            Map.entry("uri", "instances"));

    private static final String SWITCH = "enabled";

    private static final Set<String> DEFAULTS = Set.copyOf(keysOf(DefaultSettings.class));

    private Schema() {}

    static boolean isRepeat(ConfigurationPropertyName name) {
        int last = name.getNumberOfElements() - 1;
        return last >= 1
                && name.getElement(last, Form.UNIFORM).equals("repeat")
                && name.getElement(last - 1, Form.UNIFORM).equals("retry");
    }

    /**
     * Whether a key under {@code mesh.defaults} is there to be inherited. Asked for every key of every service, so it looks
     * no further than it must: beyond the defaults a service has whole groups, and says which calls may be made twice.
     */
    static boolean isInherited(ConfigurationPropertyName name) {
        return DEFAULTS.contains(name.getElement(2, Form.DASHED)) && !isRepeat(name);
    }

    /** The key of a record component. */
    static String key(String component) {
        return DataObjectPropertyName.toDashedForm(component);
    }

    /**
     * Whether there is such a key. An environment variable has no dashes; written with underscores for them,
     * which Boot understands too, one key is several elements here.
     */
    static boolean knows(ConfigurationPropertyName name) {
        return ROOT.equals(name) || (ROOT.isAncestorOf(name) && knows(MeshProperties.class, name, 1));
    }

    private static boolean knows(Type node, ConfigurationPropertyName name, int from) {
        if (from == name.getNumberOfElements()) {
            return true;
        }
        Type element = elementType(node);
        if (element != null && isList(node)) {
            return name.isNumericIndex(from) && knows(element, name, from + 1);
        }
        if (element == String.class) {
            return true; // metadata: keys may have dots
        }
        StringBuilder read = new StringBuilder();
        for (int next = from; next < name.getNumberOfElements(); next++) {
            read.append(name.getElement(next, Form.UNIFORM));
            Type child = element != null ? element : child(node, read.toString());
            // a name of several elements is a guess, so it has to be followed by a key
            boolean guess = element != null && next > from && next + 1 == name.getNumberOfElements();
            if (child != null && !guess && knows(child, name, next + 1)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Type child(Type node, String uniform) {
        for (Map.Entry<String, Type> key : keys(node).entrySet()) {
            if (key.getKey().replace("-", "").equals(uniform)) {
                return key.getValue();
            }
        }
        return null;
    }

    /** The mend of a key that does not exist, as a sentence. */
    static String mend(ConfigurationPropertyName name) {
        int at = unknown(name);
        if (at == name.getNumberOfElements()) {
            return "Remove it.";
        }
        if (isRepeat(name)) {
            return "'repeat' is told of one service only: mesh.services.NAME.retry.repeat.";
        }
        if (isList(node(name, at))) {
            return name.chop(at) + " is a list: write its elements one after the other, without keys.";
        }
        if (at > 1 && name.isNumericIndex(at - 1) && isMap(node(name, at - 1))) {
            return name.chop(at - 1) + " is no list: its entries stand under their names, " + name.chop(at - 1)
                    + ".NAME.";
        }
        if (isSwitchOfRetries(name, at)) {
            return "To switch retries off, set " + name.chop(at) + ".max-attempts to 1.";
        }
        String inBrackets = inBrackets(name, at);
        if (inBrackets != null) {
            return "Did you mean " + inBrackets + "? A name with a dot stands in brackets.";
        }
        String meant = meant(name);
        if (meant != null) {
            return "Did you mean " + meant + "?";
        }
        List<String> keys = new ArrayList<>(keys(node(name, at)).keySet());
        return keys.isEmpty()
                ? name.chop(at) + " is a value and has no keys."
                : "There are here: " + String.join(", ", keys) + ".";
    }

    private static boolean isSwitchOfRetries(ConfigurationPropertyName name, int at) {
        return name.getElement(at, Form.UNIFORM).equals(SWITCH)
                && keys(node(name, at)).containsKey("max-attempts");
    }

    /** The keys of a group. */
    static List<String> keysOf(Class<?> group) {
        return List.copyOf(keys(group).keySet());
    }

    /** Whether every element is there as it is written, unlike {@link #knows} without a guess what several are in one. */
    static boolean isThere(ConfigurationPropertyName name) {
        return unknown(name) == name.getNumberOfElements();
    }

    /** The key that is meant if the name of a subset has a dot, or null. */
    private static @Nullable String inBrackets(ConfigurationPropertyName name, int at) {
        if (at < 2 || elementType(node(name, at - 1)) != SubsetSettings.class) {
            return null;
        }
        StringBuilder whole = new StringBuilder(name.getElement(at - 1, Form.ORIGINAL));
        for (int next = at; next + 1 < name.getNumberOfElements(); next++) {
            whole.append('.').append(name.getElement(next, Form.ORIGINAL));
            if (child(SubsetSettings.class, name.getElement(next + 1, Form.UNIFORM)) != null) {
                return name.chop(at - 1) + ".[" + whole + "]." + name.subName(next + 1);
            }
        }
        return null;
    }

    /** The mend of an environment variable that means nothing, as a sentence. */
    static String mendOfVariable(ConfigurationPropertyName name) {
        String meant = isRepeat(name) ? null : meant(name);
        return meant == null ? mend(name) : "Did you mean " + variable(meant) + "?";
    }

    /** {@code MESH_SERVICES_ORDERHISTORY_INSTANCES_0_PORT} for {@code mesh.services.order-history.instances[0].port}. */
    private static String variable(String name) {
        return name.replace("-", "").replace("]", "").replaceAll("[.\\[]", "_").toUpperCase(Locale.ROOT);
    }

    /** The key that somebody may have meant, or null. */
    private static @Nullable String meant(ConfigurationPropertyName name) {
        int at = unknown(name);
        if (at == name.getNumberOfElements()) {
            return null;
        }
        String meant = nearest(node(name, at), name.getElement(at, Form.ORIGINAL));
        String rest = at + 1 < name.getNumberOfElements() ? "." + name.subName(at + 1) : "";
        return meant == null ? null : name.chop(at) + "." + meant + rest;
    }

    /** The index of the first element that does not exist; their number if all do. */
    private static int unknown(ConfigurationPropertyName name) {
        int at = 1;
        while (at < name.getNumberOfElements()) {
            Type node = node(name, at);
            if (isMap(node) && elementType(node) == String.class) {
                return name.getNumberOfElements(); // metadata: keys may have dots
            }
            if (child(node, name, at) == null) {
                return at;
            }
            at++;
        }
        return at;
    }

    /** What the first elements of a name lead to; all of them exist. */
    private static Type node(ConfigurationPropertyName name, int elements) {
        Type node = MeshProperties.class;
        for (int at = 1; at < elements; at++) {
            node = Objects.requireNonNull(child(node, name, at));
        }
        return node;
    }

    private static @Nullable Type child(Type node, ConfigurationPropertyName name, int at) {
        Type element = elementType(node);
        if (element != null) {
            return isList(node) && !name.isNumericIndex(at) ? null : element;
        }
        return child(node, name.getElement(at, Form.UNIFORM));
    }

    private static @Nullable String nearest(Type node, String written) {
        String key = key(written).toLowerCase(Locale.ROOT);
        Map<String, Type> keys = keys(node);
        List<String> candidates = Stream.concat(Stream.of(key), alsoCalled(key)).toList();
        for (String candidate : candidates) {
            if (keys.containsKey(candidate)) {
                return candidate;
            }
        }
        if (keys.containsKey(key + "s")) {
            return key + "s";
        }
        for (String candidate : Stream.concat(alsoCalled(key), Stream.of(key)).toList()) {
            for (Map.Entry<String, Type> group : keys.entrySet()) {
                // a switch below would switch something else
                if (!candidate.equals(SWITCH) && keys(group.getValue()).containsKey(candidate)) {
                    return group.getKey() + "." + candidate; // one level too high
                }
            }
        }
        List<String> longer =
                keys.keySet().stream().filter(each -> each.endsWith("-" + key)).toList();
        if (longer.size() == 1) {
            return longer.get(0);
        }
        return Nearest.of(key, keys.keySet());
    }

    /** What another word may mean here, the likeliest first; environment variables write it without dashes. */
    private static Stream<String> alsoCalled(String key) {
        return ALSO_CALLED.stream()
                .filter(word -> word.getKey().replace("-", "").equals(key.replace("-", "")))
                .map(Map.Entry::getValue);
    }

    /** The keys of a record with their types; empty if the node is none. */
    private static Map<String, Type> keys(Type node) {
        Map<String, Type> keys = new LinkedHashMap<>();
        if (node instanceof Class<?> type && type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                keys.put(key(component.getName()), component.getGenericType());
            }
        }
        return keys;
    }

    private static boolean isList(Type node) {
        return node instanceof ParameterizedType type
                && type.getRawType() instanceof Class<?> raw
                && Collection.class.isAssignableFrom(raw);
    }

    private static boolean isMap(Type node) {
        return node instanceof ParameterizedType type && type.getRawType() == Map.class;
    }

    /** What a map or a list holds, or null if the node is neither. */
    private static @Nullable Type elementType(Type node) {
        if (node instanceof ParameterizedType type && !(type.getRawType() == Class.class)) {
            Type[] arguments = type.getActualTypeArguments();
            return arguments[arguments.length - 1];
        }
        return null;
    }
}
