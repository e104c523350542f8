package io.mesh.model;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One place where a service can be reached.
 *
 * <p>Picks and calls hand out the object that was configured. {@code connections} and {@code healthy} are
 * readings in the copies that {@code LoadBalancer.instances()} gives; as input, {@code connections} is
 * dropped and {@code healthy} is the state a new id starts with. Equality leaves these two out.
 *
 * @param id identity of the instance; what is known of it (calls in flight, circuit, health) is kept by id
 *     when lists change; not blank, no control characters
 * @param host host name or address; IPv6 without brackets; not blank, no control characters
 * @param port 1 to 65535
 * @param weight its share of the calls relative to the others, 0 or more; 0 means drained: no new call;
 *     default 1
 * @param healthy whether it may be called, as far as health marks say; default true
 * @param connections calls in flight, as a reading; default 0
 * @param metadata anything else known of it, such as {@code zone}; default empty
 */
public record ServiceInstance(
        String id, String host, int port, int weight, boolean healthy, int connections, Map<String, String> metadata) {

    /**
     * Checks every component.
     *
     * @throws InvalidSettingException if one is out of its range
     */
    public ServiceInstance {
        Check.printable("id", id);
        Check.printable("host", host);
        if (host.startsWith("[") && host.endsWith("]")) {
            throw new InvalidSettingException("host", host, "must be written without brackets");
        }
        if (host.chars().anyMatch(c -> c == '/' || c == '@' || c == '?' || c == '#' || Character.isWhitespace(c))) {
            throw new InvalidSettingException("host", host, "must be a host name or address, without scheme or path");
        }
        if (port < 1 || port > 65_535) {
            throw new InvalidSettingException("port", port, "must be between 1 and 65535");
        }
        if (host.indexOf(':') >= 0 && host.indexOf(':') == host.lastIndexOf(':')) {
            throw new InvalidSettingException("host", host, "must be written without port");
        }
        Check.atLeast("weight", weight, 0);
        Check.atLeast("connections", connections, 0);
        Check.present("metadata", metadata);
        metadata = Map.copyOf(metadata);
        metadata.forEach((key, value) -> {
            Check.noControl("metadata", key);
            Check.noControl("metadata", value);
        });
    }

    /**
     * An instance with the default weight, healthy, without metadata.
     *
     * @param id identity of the instance
     * @param host host name or address
     * @param port 1 to 65535
     * @return the instance
     * @throws InvalidSettingException if an argument is out of its range
     */
    public static ServiceInstance of(String id, String host, int port) {
        return new ServiceInstance(id, host, port, 1, true, 0, Map.of());
    }

    /**
     * An instance whose id is its address.
     *
     * @param address {@code host:port}; an IPv6 host in brackets, {@code [::1]:8080}
     * @return the instance
     * @throws InvalidSettingException if the address is not of that form
     */
    public static ServiceInstance of(String address) {
        int colon = address.lastIndexOf(':');
        String host = colon < 0 ? "" : address.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty() || (!bracketed && host.indexOf(':') >= 0)) {
            throw new InvalidSettingException("address", address, "must be host:port, with an IPv6 host in brackets");
        }
        return of(address, host, port(address, colon + 1));
    }

    private static int port(String address, int from) {
        String digits = address.substring(from);
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new InvalidSettingException("address", address, "must end in a port between 1 and 65535");
        }
        int port = Integer.parseInt(digits);
        if (port < 1 || port > 65_535) {
            throw new InvalidSettingException("address", address, "must end in a port between 1 and 65535");
        }
        return port;
    }

    /** {@return {@code host:port}, an IPv6 host in brackets} */
    public String address() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }

    /**
     * A copy with another weight.
     *
     * @param newWeight 0 or more; 0 drains
     * @return the copy
     * @throws InvalidSettingException if the weight is below 0
     */
    public ServiceInstance withWeight(int newWeight) {
        return new ServiceInstance(id, host, port, newWeight, healthy, connections, metadata);
    }

    /**
     * A copy with another health mark.
     *
     * @param mark true for healthy
     * @return the copy
     */
    public ServiceInstance withHealthy(boolean mark) {
        return new ServiceInstance(id, host, port, weight, mark, connections, metadata);
    }

    /**
     * A copy with another reading of the calls in flight.
     *
     * @param reading 0 or more
     * @return the copy
     * @throws InvalidSettingException if the reading is below 0
     */
    public ServiceInstance withConnections(int reading) {
        return new ServiceInstance(id, host, port, weight, healthy, reading, metadata);
    }

    /**
     * A copy with other metadata.
     *
     * @param entries replace those it had
     * @return the copy
     * @throws InvalidSettingException if an entry has control characters
     */
    public ServiceInstance withMetadata(Map<String, String> entries) {
        return new ServiceInstance(id, host, port, weight, healthy, connections, entries);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ServiceInstance that
                && id.equals(that.id)
                && host.equals(that.host)
                && port == that.port
                && weight == that.weight
                && metadata.equals(that.metadata);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, host, port, weight, metadata);
    }
}
