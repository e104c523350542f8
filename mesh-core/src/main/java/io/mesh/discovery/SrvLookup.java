package io.mesh.discovery;

import io.mesh.model.DiscoverySource;
import io.mesh.model.ServiceInstance;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.NoInitialContextException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/**
 * The targets of the SRV records of a name (RFC 2782), asked of a DNS server by the JDK's JNDI provider (module
 * {@code jdk.naming.dns}); an instance's id is {@code target:port}.
 *
 * <ol>
 * <li>Of several priorities only the lowest number counts; a higher one comes into use when no record of a lower one is
 *     left. It is the balancer's part, not DNS's, to know who is well.
 * <li>A weight of 0 means "hardly ever" in the RFC, and "never" here: it becomes 1, beside others that are left as they
 *     are; if all are 0, all become 1.
 * <li>The name does not exist, has no SRV record, or its only target is the root ("decidedly not available"): an answer
 *     without instances. Everything else that goes wrong is a failure.
 * <li>A server is waited for 1 s, then 2 s. The JDK's own defaults make 15 s of each server.
 * </ol>
 */
record SrvLookup(DiscoverySource.Srv source) implements PollingDiscovery.Lookup {

    private static final String FIRST_TIMEOUT_MILLIS = "1000";
    private static final String TRIES = "2"; // each waits twice as long as the one before

    @Override
    @SuppressWarnings({"BanJNDI", "JdkObsolete"}) // text, so nothing is deserialized; JNDI wants a Hashtable
    public List<ServiceInstance> find() throws NamingException {
        List<SrvRecord> records = new ArrayList<>();
        Hashtable<String, String> settings = new Hashtable<>(Map.of(
                Context.INITIAL_CONTEXT_FACTORY,
                "com.sun.jndi.dns.DnsContextFactory",
                Context.PROVIDER_URL,
                source.server() == null ? "dns:" : "dns://" + source.server(),
                "com.sun.jndi.dns.timeout.initial",
                FIRST_TIMEOUT_MILLIS,
                "com.sun.jndi.dns.timeout.retries",
                TRIES));
        DirContext context = open(settings);
        try {
            Attribute srv =
                    context.getAttributes(source.name(), new String[] {"SRV"}).get("SRV");
            if (srv != null) {
                for (Object text : Collections.list(srv.getAll())) {
                    records.add(SrvRecord.parse(String.valueOf(text)));
                }
            }
        } catch (NameNotFoundException nobody) {
            return List.of();
        } finally {
            context.close();
        }
        return instances(records);
    }

    @SuppressWarnings({"BanJNDI", "JdkObsolete"})
    private static DirContext open(Hashtable<String, String> settings) throws NamingException {
        try {
            return new InitialDirContext(settings);
        } catch (NoInitialContextException absent) {
            throw explained(
                    "SRV records need the module jdk.naming.dns, which this Java runtime was made without", absent);
        }
    }

    private static NamingException explained(String sentence, Exception cause) {
        NamingException explained = new NamingException(sentence);
        explained.setRootCause(cause);
        return explained;
    }

    /** Those of the lowest priority number that there is. */
    static List<ServiceInstance> instances(List<SrvRecord> all) {
        List<SrvRecord> records =
                all.stream().filter(record -> !record.target().isEmpty()).toList();
        int first = records.stream().mapToInt(SrvRecord::priority).min().orElse(0);
        return records.stream()
                .filter(record -> record.priority() == first)
                .map(SrvRecord::instance)
                .sorted(Comparator.comparing(ServiceInstance::id))
                .toList();
    }

    /**
     * One record, as JNDI writes it: {@code priority weight port target.}
     *
     * @param target without the dot at its end; empty for the root, which means that there is none
     */
    record SrvRecord(int priority, int weight, int port, String target) {

        static SrvRecord parse(String text) throws NamingException {
            String[] parts = text.trim().split("\\s+", -1);
            try {
                String target = parts[3].endsWith(".") ? parts[3].substring(0, parts[3].length() - 1) : parts[3];
                return new SrvRecord(
                        Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), target);
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException unreadable) {
                throw explained("not an SRV record: '" + text + "'", unreadable);
            }
        }

        ServiceInstance instance() {
            return ServiceInstance.of(target + ":" + port, target, port)
                    .withWeight(Math.max(1, weight))
                    .withMetadata(Map.of("priority", String.valueOf(priority)));
        }
    }
}
