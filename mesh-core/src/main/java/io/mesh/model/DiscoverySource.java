package io.mesh.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the instances of a service are looked up. */
public sealed interface DiscoverySource {

    /** {@return what it is, for people: {@code dns orders.internal:8080}} */
    String describe();

    /**
     * The A and AAAA records of a host name, as the JDK resolves it (so {@code /etc/hosts} counts, too).
     *
     * @param host the name, such as {@code orders.internal}
     * @param port of every instance, 1 to 65535; address records have none
     */
    record Dns(String host, int port) implements DiscoverySource {

        /**
         * Checks both.
         *
         * @throws InvalidSettingException if one could not be that of an instance
         */
        public Dns {
            ServiceInstance.of("dns", host, port);
        }

        @Override
        public String describe() {
            return "dns " + host + ":" + port;
        }
    }

    /**
     * The SRV records of a name (RFC 2782), asked of a DNS server without the JDK's cache.
     *
     * @param name such as {@code _http._tcp.orders.internal}
     * @param server which DNS server to ask, {@code host:port}, or null, the default: those of the system
     */
    record Srv(String name, @Nullable String server) implements DiscoverySource {

        /**
         * Checks both.
         *
         * @throws InvalidSettingException if the name is blank or has other characters than a DNS name has, or the
         *     server is not {@code host:port}
         */
        public Srv {
            Check.printable("name", name);
            if (!name.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "-_.".indexOf(c) >= 0))) {
                throw new InvalidSettingException(
                        "name", "'" + name + "'", "must be a DNS name such as _http._tcp.orders.internal");
            }
            if (server != null) {
                ServiceInstance.of(server);
            }
        }

        @Override
        public String describe() {
            return "srv " + name;
        }
    }

    /**
     * A JSON file that is watched for changes.
     *
     * @param path of the file; a relative one is taken from the working directory
     */
    record JsonFile(Path path) implements DiscoverySource {

        /**
         * Checks that it is there.
         *
         * @throws InvalidSettingException if it is null
         */
        public JsonFile {
            Check.present("path", path);
        }

        @Override
        public String describe() {
            return "file " + path;
        }
    }

    /**
     * A way of discovery that the mesh was given under a name ({@code Mesh.builder().discovery(...)}), such as
     * {@code spring-cloud}.
     *
     * @param name of the way, lower-case kebab
     * @param service what the service is called there
     */
    record Named(String name, String service) implements DiscoverySource {

        /**
         * Checks both.
         *
         * @throws InvalidSettingException if the name is not lower-case kebab, or the service is blank
         */
        public Named {
            MeshConfig.requireName("name", name);
            Check.printable("service", service);
        }

        @Override
        public String describe() {
            return name + " " + service;
        }
    }
}
