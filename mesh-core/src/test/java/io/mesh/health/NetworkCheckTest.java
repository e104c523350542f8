package io.mesh.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HealthCheckConfig.Method;
import io.mesh.model.HealthCheckConfig.Protocol;
import io.mesh.model.ServiceInstance;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks of real servers. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD) // what reads from a socket hears no interrupt
class NetworkCheckTest {

    private static final HealthCheckConfig HTTP = HealthCheckConfig.defaults();
    private static final HealthCheckConfig IMPATIENT =
            HTTP.toBuilder().timeout(Duration.ofMillis(150)).build();
    private static final HealthCheckConfig TCP =
            HTTP.toBuilder().protocol(Protocol.TCP).build();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HealthCheck check = new NetworkCheck(threads);

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    private CheckResult check(int port, HealthCheckConfig config) {
        return check.check(ServiceInstance.of("a", "127.0.0.1", port), config);
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket closedAtOnce = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return closedAtOnce.getLocalPort();
        }
    }

    @ParameterizedTest
    @CsvSource({"200, true", "204, true", "299, true", "301, false", "404, false", "503, false"})
    void statusesFrom200To299AreFineUnlessToldOtherwise(int status, boolean fine) throws IOException {
        try (LoopbackServer server = LoopbackServer.answering(status)) {
            assertThat(check(server.port(), HTTP)).isEqualTo(new CheckResult(fine, "status " + status));
        }
    }

    @Test
    void theStatusesThatMeanWellAreThoseOfTheSettings() throws IOException {
        HealthCheckConfig config =
                HTTP.toBuilder().expectedStatuses("401", "500-599").build();
        try (LoopbackServer unauthorized = LoopbackServer.answering(401);
                LoopbackServer unavailable = LoopbackServer.answering(503);
                LoopbackServer fine = LoopbackServer.answering(200)) {
            assertThat(check(unauthorized.port(), config).passed()).isTrue();
            assertThat(check(unavailable.port(), config).passed()).isTrue();
            assertThat(check(fine.port(), config).passed()).isFalse();
        }
    }

    @Test
    void theRequestIsWhatTheSettingsSay() throws IOException {
        try (LoopbackServer server = LoopbackServer.answering(200)) {
            check(server.port(), HTTP);
            check(
                    server.port(),
                    HTTP.toBuilder()
                            .method(Method.HEAD)
                            .path("/up?deep=1")
                            .host("orders.example.org")
                            .headers(Map.of("X-Probe", "mesh", "user-agent", "us"))
                            .build());

            assertThat(server.requests())
                    .containsExactly(
                            lines(
                                    "GET /health HTTP/1.1",
                                    "Host: 127.0.0.1:" + server.port(),
                                    "Accept: */*",
                                    "Connection: close",
                                    "User-Agent: mesh-health-check"),
                            lines(
                                    "HEAD /up?deep=1 HTTP/1.1",
                                    "Host: orders.example.org",
                                    "Accept: */*",
                                    "Connection: close",
                                    "User-Agent: us",
                                    "X-Probe: mesh"));
        }
    }

    @Test
    void anAddressOfIPv6IsWrittenInBrackets() {
        assertThat(HttpRequest.text("::1", 8080, HTTP)).contains("\r\nHost: [::1]:8080\r\n");
    }

    @Test
    void instancesMayBeAskedAtAnotherPortThanTheirOwn() throws IOException {
        try (LoopbackServer server = LoopbackServer.answering(200)) {
            CheckResult result =
                    check(unusedPort(), HTTP.toBuilder().port(server.port()).build());

            assertThat(result).isEqualTo(CheckResult.passed("status 200"));
        }
    }

    @Test
    void anAnswerMayComeInPiecesAndAfterOthersThatAnnounceIt() throws IOException {
        String answer = lines("HTTP/1.1 103 Early Hints", "Link: </a.css>")
                + lines("HTTP/1.1 100 Continue")
                + lines("HTTP/1.1 204");
        try (LoopbackServer server = new LoopbackServer(connection -> {
            connection.setTcpNoDelay(true);
            for (int i = 0; i < answer.length(); i++) {
                LoopbackServer.write(connection, answer.substring(i, i + 1));
            }
        })) {
            assertThat(check(server.port(), HTTP)).isEqualTo(CheckResult.passed("status 204"));
        }
    }

    @Test
    void aConnectionThatIsClosedWithoutAnAnswerHasFailed() throws IOException {
        try (LoopbackServer server = new LoopbackServer(connection -> connection.close())) {
            assertThat(check(server.port(), HTTP)).isEqualTo(CheckResult.failed("connection closed without an answer"));
        }
    }

    @Test
    void whatIsNoHttpHasFailed() throws IOException {
        try (LoopbackServer server = new LoopbackServer(connection -> {
            LoopbackServer.write(connection, "220 mail.example.org ESMTP\r\n");
        })) {
            assertThat(check(server.port(), HTTP)).isEqualTo(CheckResult.failed("no answer in HTTP/1.1"));
        }
    }

    @Test
    void anAnswerThatDoesNotComeInTimeHasFailed() throws IOException {
        try (LoopbackServer server = new LoopbackServer(connection -> {})) {
            assertThat(check(server.port(), IMPATIENT)).isEqualTo(CheckResult.failed("no answer within 150 ms"));
        }
    }

    @Test
    void anAnswerThatNeverEndsHasFailedWhenTheTimeIsUp() throws IOException {
        try (LoopbackServer server = new LoopbackServer(connection -> {
            while (true) {
                LoopbackServer.write(connection, "HTTP/1.1 100 Continue\r\n\r\n");
            }
        })) {
            assertThat(check(server.port(), IMPATIENT)).isEqualTo(CheckResult.failed("no answer within 150 ms"));
        }
    }

    @Test
    void aHandshakeThatTricklesInHasFailedWhenTheTimeIsUp() throws IOException {
        byte[] start = {22, 3, 3, 0x40, 0}; // of a record of 16 KiB
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            threads.execute(() -> {
                try (Socket connection = listening.accept()) {
                    connection.getOutputStream().write(start);
                    while (true) {
                        Thread.sleep(10);
                        connection.getOutputStream().write(0);
                    }
                } catch (IOException | InterruptedException over) {
                    // the check has ended, or the test
                }
            });

            assertThat(check(
                            listening.getLocalPort(),
                            IMPATIENT.toBuilder().protocol(Protocol.HTTPS).build()))
                    .isEqualTo(CheckResult.failed("no answer within 150 ms"));
        }
    }

    @Test
    void aNameServiceThatHangsHoldsUpOneThreadForEachNameAndNoCheckForLongerThanItsTime() throws IOException {
        Semaphore never = new Semaphore(0);
        AtomicInteger lookUps = new AtomicInteger();
        HealthCheck check = new NetworkCheck(new HostNames(threads, host -> {
            if (host.equals("orders.internal")) {
                lookUps.incrementAndGet();
                never.acquireUninterruptibly();
            }
            return InetAddress.getByName(host);
        }));
        ServiceInstance hanging = ServiceInstance.of("orders.internal:80");
        try (LoopbackServer server = LoopbackServer.answering(200)) {
            for (int i = 0; i < 2; i++) {
                assertThat(check.check(hanging, IMPATIENT))
                        .isEqualTo(CheckResult.failed("no address of orders.internal within 150 ms"));
            }

            assertThat(check.check(ServiceInstance.of("localhost:" + server.port()), HTTP))
                    .isEqualTo(CheckResult.passed("status 200"));
            assertThat(lookUps).hasValue(1);
        } finally {
            never.release();
        }
    }

    @Test
    void aNameIsLookedUpAnewForEachCheck() throws IOException {
        Queue<String> found = new ConcurrentLinkedQueue<>(List.of("nobody", "127.0.0.1"));
        HealthCheck check = new NetworkCheck(new HostNames(threads, host -> {
            if (found.remove().equals("nobody")) {
                throw new UnknownHostException(host);
            }
            return InetAddress.getLoopbackAddress();
        }));
        try (LoopbackServer server = LoopbackServer.answering(200)) {
            ServiceInstance instance = ServiceInstance.of("orders.internal:" + server.port());

            assertThat(check.check(instance, HTTP)).isEqualTo(CheckResult.failed("unknown host orders.internal"));
            assertThat(check.check(instance, HTTP)).isEqualTo(CheckResult.passed("status 200"));
        }
    }

    @Test
    void aRefusedConnectionHasFailed() throws IOException {
        assertThat(check(unusedPort(), HTTP)).isEqualTo(CheckResult.failed("connection refused"));
        assertThat(check(unusedPort(), TCP)).isEqualTo(CheckResult.failed("connection refused"));
    }

    @Test
    void aTcpCheckIsAConnectionOnWhichNothingIsSent() throws IOException {
        try (LoopbackServer server = LoopbackServer.answering(503)) {
            assertThat(check(server.port(), TCP)).isEqualTo(CheckResult.passed("connected"));

            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    void overHttpsTheCertificateMustBeTrustedAndOfTheHost(@TempDir Path directory) throws Exception {
        SSLContext tls = contextWithACertificateOf("localhost", directory);
        ServerSocket listening =
                tls.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        HealthCheckConfig https = HTTP.toBuilder()
                .protocol(Protocol.HTTPS)
                .timeout(Duration.ofSeconds(10))
                .build();
        SSLContext before = SSLContext.getDefault();
        try (LoopbackServer server = new LoopbackServer(
                listening, connection -> LoopbackServer.write(connection, "HTTP/1.1 200 OK\r\n\r\n"))) {
            CheckResult untrusted = check(server.port(), https);
            SSLContext.setDefault(tls);
            CheckResult ofAnotherName = check(server.port(), https);
            CheckResult trusted = check.check(ServiceInstance.of("a", "localhost", server.port()), https);
            CheckResult byHost =
                    check(server.port(), https.toBuilder().host("localhost:443").build());

            assertThat(untrusted.passed()).isFalse();
            assertThat(untrusted.reason()).startsWith("TLS: ");
            assertThat(ofAnotherName.passed()).isFalse();
            assertThat(ofAnotherName.reason()).startsWith("TLS: ");
            assertThat(trusted).isEqualTo(CheckResult.passed("status 200"));
            assertThat(byHost).isEqualTo(CheckResult.passed("status 200"));
        } finally {
            SSLContext.setDefault(before);
        }
    }

    private static SSLContext contextWithACertificateOf(String name, Path directory) throws Exception {
        Path file = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=dns:" + name,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, "changeit".toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", keys.getCertificate("server"));
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, "changeit".toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
