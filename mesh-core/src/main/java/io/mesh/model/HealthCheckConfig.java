package io.mesh.model;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the instances of a service are asked whether they are well, beside the calls and whether there are any.
 *
 * @param protocol how an instance is asked; default {@link Protocol#HTTP}
 * @param path what is asked for over HTTP and HTTPS, from its slash on, with the query if there is one; default
 *     {@code /health}
 * @param port where, 1 to 65535, or null, the default: the port of the instance
 * @param method of the HTTP request; default {@link Method#GET}
 * @param host the {@code Host} header, and over HTTPS the name that is asked for and must be in the certificate; or
 *     null, the default: that of the instance
 * @param headers further headers of the HTTP request, each once and neither {@code Host} nor {@code Connection}, which is
 *     always {@code close}; default none
 * @param expectedStatuses HTTP status codes that mean well, at least one; default 200 to 299
 * @param interval the time from the start of one check of an instance to the start of the next, at least; default 10 s
 * @param timeout a check that takes longer has failed, {@code interval} at most; default 1 s
 * @param unhealthyThreshold failed checks in a row that make an instance unhealthy, 1 or more; default 3
 * @param healthyThreshold passed checks in a row that make an unhealthy instance healthy again, 1 or more; default 2
 * @param jitter by which share of itself an interval is lengthened by chance at most, 0.0 to 1.0; default 0.1. It never
 *     becomes shorter, so that no more checks are made in an interval than there are instances
 * @param checkFirst whether a new instance receives calls only after its first good check, while there are others; false,
 *     the default: at once, until checks fail
 */
public record HealthCheckConfig(
        Protocol protocol,
        String path,
        @Nullable Integer port,
        Method method,
        @Nullable String host,
        Map<String, String> headers,
        List<StatusRange> expectedStatuses,
        Duration interval,
        Duration timeout,
        int unhealthyThreshold,
        int healthyThreshold,
        double jitter,
        boolean checkFirst) {

    /** How an instance is asked. */
    public enum Protocol {
        /** An HTTP/1.1 request on a connection of its own. */
        HTTP,
        /** The same over TLS, with the trust of the process: {@code SSLContext.getDefault()}. */
        HTTPS,
        /** A TCP connection, closed as soon as it stands. */
        TCP
    }

    /** How an HTTP request asks. */
    public enum Method {
        /** With the body, which is not read. */
        GET,
        /** Without a body. */
        HEAD
    }

    private static final int HIGHEST_PORT = 65_535;
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+"); // RFC 9110, 5.6.2
    private static final Pattern PATH = Pattern.compile("/[!-~]*");
    private static final HealthCheckConfig DEFAULTS = new HealthCheckConfig(
            Protocol.HTTP,
            "/health",
            null,
            Method.GET,
            null,
            Map.of(),
            List.of(new StatusRange(200, 299)),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            3,
            2,
            0.1,
            false);

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is missing or out of its range
     */
    public HealthCheckConfig {
        Check.present("protocol", protocol);
        Check.present("path", path);
        if (!PATH.matcher(path).matches()) {
            throw new InvalidSettingException(
                    "path", "'" + path + "'", "must begin with a slash and have neither blanks nor special characters");
        }
        if (port != null && (port < 1 || port > HIGHEST_PORT)) {
            throw new InvalidSettingException("port", port, "must be between 1 and " + HIGHEST_PORT);
        }
        Check.present("method", method);
        if (host != null) {
            Check.printable("host", host);
        }
        Check.present("headers", headers);
        headers = Collections.unmodifiableMap(new TreeMap<>(headers));
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        headers.forEach((name, value) -> requireHeader(name, value, names));
        Check.present("expectedStatuses", expectedStatuses);
        expectedStatuses = List.copyOf(expectedStatuses);
        if (expectedStatuses.isEmpty()) {
            throw new InvalidSettingException("expectedStatuses", "empty", "must have at least one status code");
        }
        Check.positive("interval", interval);
        Check.positive("timeout", timeout);
        if (timeout.compareTo(interval) > 0) {
            throw new InvalidSettingException(
                    "timeout", timeout, "must not be longer than interval (" + interval + ")");
        }
        Check.atLeast("unhealthyThreshold", unhealthyThreshold, 1);
        Check.atLeast("healthyThreshold", healthyThreshold, 1);
        if (!(jitter >= 0 && jitter <= 1)) { // stated positively: NaN is refused too
            throw new InvalidSettingException("jitter", jitter, "must be between 0.0 and 1.0");
        }
    }

    private static void requireHeader(String name, String value, Set<String> names) {
        if (!TOKEN.matcher(name).matches()) {
            throw new InvalidSettingException("headers", "'" + name + "'", "must have names of HTTP headers");
        }
        if (name.equalsIgnoreCase("host")) {
            throw new InvalidSettingException("headers", "'" + name + "'", "must not have Host, which is host");
        }
        if (name.equalsIgnoreCase("connection")) {
            throw new InvalidSettingException(
                    "headers", "'" + name + "'", "must not have Connection, which is always close");
        }
        if (!names.add(name)) {
            throw new InvalidSettingException(
                    "headers", "'" + name + "'", "must name each header once, whatever its case");
        }
        Check.noControl("headers", value);
    }

    /** {@return a GET of {@code /health} every 10 s} */
    public static HealthCheckConfig defaults() {
        return DEFAULTS;
    }

    /** {@return a builder that starts from the defaults} */
    public static Builder builder() {
        return DEFAULTS.toBuilder();
    }

    /** {@return a builder that starts from these settings} */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects settings; not thread-safe. Nothing is checked before {@link #build()}. */
    public static final class Builder {

        private Protocol protocol;
        private String path;
        private @Nullable Integer port;
        private Method method;
        private @Nullable String host;
        private Map<String, String> headers;
        private List<StatusRange> expectedStatuses;
        private Duration interval;
        private Duration timeout;
        private int unhealthyThreshold;
        private int healthyThreshold;
        private double jitter;
        private boolean checkFirst;

        private Builder(HealthCheckConfig from) {
            protocol = from.protocol;
            path = from.path;
            port = from.port;
            method = from.method;
            host = from.host;
            headers = from.headers;
            expectedStatuses = from.expectedStatuses;
            interval = from.interval;
            timeout = from.timeout;
            unhealthyThreshold = from.unhealthyThreshold;
            healthyThreshold = from.healthyThreshold;
            jitter = from.jitter;
            checkFirst = from.checkFirst;
        }

        /**
         * Sets how an instance is asked.
         *
         * @param how any
         * @return this builder
         */
        public Builder protocol(Protocol how) {
            this.protocol = how;
            return this;
        }

        /**
         * Sets what is asked for over HTTP.
         *
         * @param fromTheSlashOn with the query if there is one
         * @return this builder
         */
        public Builder path(String fromTheSlashOn) {
            this.path = fromTheSlashOn;
            return this;
        }

        /**
         * Sets where instances are asked.
         *
         * @param number 1 to 65535; null: at their own port
         * @return this builder
         */
        public Builder port(@Nullable Integer number) {
            this.port = number;
            return this;
        }

        /**
         * Sets how an HTTP request asks.
         *
         * @param verb any
         * @return this builder
         */
        public Builder method(Method verb) {
            this.method = verb;
            return this;
        }

        /**
         * Sets the {@code Host} header, and the name that is asked for over HTTPS.
         *
         * @param name null: that of the instance
         * @return this builder
         */
        public Builder host(@Nullable String name) {
            this.host = name;
            return this;
        }

        /**
         * Sets further headers.
         *
         * @param all replace those set before
         * @return this builder
         */
        public Builder headers(Map<String, String> all) {
            this.headers = all;
            return this;
        }

        /**
         * Sets which HTTP status codes mean well.
         *
         * @param ranges {@code 200} or {@code 200-299} each; replace those set before
         * @return this builder
         * @throws InvalidSettingException if one is not of that form
         */
        public Builder expectedStatuses(String... ranges) {
            this.expectedStatuses = Arrays.stream(ranges).map(StatusRange::of).toList();
            return this;
        }

        /**
         * Sets how often an instance is checked.
         *
         * @param time from the start of a check to the start of the next, longer than 0
         * @return this builder
         */
        public Builder interval(Duration time) {
            this.interval = time;
            return this;
        }

        /**
         * Sets how long a check may take.
         *
         * @param time longer than 0, {@code interval} at most
         * @return this builder
         */
        public Builder timeout(Duration time) {
            this.timeout = time;
            return this;
        }

        /**
         * Sets how many checks must fail in a row.
         *
         * @param checks 1 or more
         * @return this builder
         */
        public Builder unhealthyThreshold(int checks) {
            this.unhealthyThreshold = checks;
            return this;
        }

        /**
         * Sets how many checks must pass in a row.
         *
         * @param checks 1 or more
         * @return this builder
         */
        public Builder healthyThreshold(int checks) {
            this.healthyThreshold = checks;
            return this;
        }

        /**
         * Sets how intervals are spread.
         *
         * @param share of the interval by which it is lengthened at most, 0.0 to 1.0
         * @return this builder
         */
        public Builder jitter(double share) {
            this.jitter = share;
            return this;
        }

        /**
         * Sets whether a new instance must pass a check before it receives calls.
         *
         * @param beforeCalls true: after its first good check; false: at once
         * @return this builder
         */
        public Builder checkFirst(boolean beforeCalls) {
            this.checkFirst = beforeCalls;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings, checked
         * @throws InvalidSettingException if one is out of its range
         */
        public HealthCheckConfig build() {
            return new HealthCheckConfig(
                    protocol,
                    path,
                    port,
                    method,
                    host,
                    headers,
                    expectedStatuses,
                    interval,
                    timeout,
                    unhealthyThreshold,
                    healthyThreshold,
                    jitter,
                    checkFirst);
        }
    }
}
