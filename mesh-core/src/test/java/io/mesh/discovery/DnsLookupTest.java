package io.mesh.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.DiscoverySource;
import io.mesh.model.ServiceInstance;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DnsLookupTest {

    @Test
    void aNameIsResolvedAsTheJdkDoes() throws UnknownHostException {
        List<ServiceInstance> found = new DnsLookup(new DiscoverySource.Dns("localhost", 8080)).find();

        assertThat(found).extracting(ServiceInstance::address).contains("127.0.0.1:8080");
        assertThat(found).allSatisfy(instance -> assertThat(instance.id()).isEqualTo(instance.address()));
    }

    @Test
    void anAddressNeedsNoResolving() throws UnknownHostException {
        assertThat(new DnsLookup(new DiscoverySource.Dns("::1", 8080)).find())
                .extracting(ServiceInstance::id)
                .containsExactly("[0:0:0:0:0:0:0:1]:8080");
    }

    /** In a process of its own, since the JDK is told only at its start which file stands for the DNS. */
    @Test
    void allAddressesAreFoundSortedAndChangesAndFailuresAreSeen(@TempDir Path folder) throws IOException {
        Path hosts = Files.writeString(
                folder.resolve("hosts"), "10.0.0.2 orders.test\n10.0.0.1 orders.test\n10.0.0.10 orders.test\n");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djdk.net.hosts.file=" + hosts,
                        "-Djava.security.properties=" + uncached(folder),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Resolver.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader answers =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(ask(process, answers)).isEqualTo("[10.0.0.10:80, 10.0.0.1:80, 10.0.0.2:80]");

            Files.writeString(hosts, "10.0.0.3 orders.test\n");
            assertThat(ask(process, answers)).isEqualTo("[10.0.0.3:80]");

            Files.writeString(hosts, "10.0.0.3 payments.test\n");
            assertThat(ask(process, answers))
                    .startsWith("java.net.UnknownHostException")
                    .contains("orders.test");
        } finally {
            process.destroy();
        }
    }

    private static Path uncached(Path folder) throws IOException {
        return Files.writeString(
                folder.resolve("security"), "networkaddress.cache.ttl=0\nnetworkaddress.cache.negative.ttl=0\n");
    }

    private static String ask(Process process, BufferedReader answers) throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        return answers.readLine();
    }

    /** Looks up once for each line it reads. */
    static final class Resolver {

        private Resolver() {}

        public static void main(String[] arguments) throws IOException {
            BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (questions.readLine() != null) {
                String answer;
                try {
                    answer = new DnsLookup(new DiscoverySource.Dns("orders.test", 80))
                            .find().stream().map(ServiceInstance::id).toList().toString();
                } catch (UnknownHostException unknown) {
                    answer = unknown.toString();
                }
                System.out.println(answer);
            }
        }
    }
}
