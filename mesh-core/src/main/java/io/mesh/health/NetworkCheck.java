package io.mesh.health;

import io.mesh.model.HealthCheckConfig;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Scheduler;
import io.mesh.time.Ticker;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One check over a connection of its own: no pool, no proxy, no cookies, no redirects, and nothing that the application may
 * have wrapped around its clients. A connection that is kept would hide that no new one can be made.
 */
final class NetworkCheck implements HealthCheck {

    private static final String PORT_OF_A_NAME = "(?<=\\A[^:]{1,255}):[0-9]+\\z"; // rarely needed: not compiled ahead

    private final HostNames names;

    /**
     * A check.
     *
     * @param threads on which names of hosts are looked up
     */
    NetworkCheck(Executor threads) {
        this(new HostNames(threads, InetAddress::getByName));
    }

    NetworkCheck(HostNames names) {
        this.names = names;
    }

    @Override
    public CheckResult check(ServiceInstance instance, HealthCheckConfig config) {
        Deadline deadline = Deadline.in(config.timeout());
        try {
            InetAddress address = names.address(instance.host(), deadline.nanosLeft());
            return address == null
                    ? CheckResult.failed("no address of " + instance.host() + within(config))
                    : check(address, instance, config, deadline);
        } catch (IOException failure) {
            return CheckResult.failed(
                    deadline.nanosLeft() > 0 ? reason(failure) : "no answer" + within(config)); // it was cut off
        } catch (RuntimeException failure) { // a user's own socket factory, name service or security
            return CheckResult.failed(failure.toString());
        }
    }

    /** Is cut off when the time is up: a time limit of a socket is begun anew by each byte that trickles in. */
    private static CheckResult check(
            InetAddress address, ServiceInstance instance, HealthCheckConfig config, Deadline deadline)
            throws IOException {
        Integer ownPort = config.port();
        int port = ownPort == null ? instance.port() : ownPort;
        try (Socket socket = new Socket(Proxy.NO_PROXY)) {
            Scheduler.Cancellation cut = Scheduler.system().schedule(() -> close(socket), deadline.nanosLeft());
            try {
                socket.connect(new InetSocketAddress(address, port));
                return switch (config.protocol()) {
                    case TCP -> CheckResult.passed("connected");
                    case HTTP -> HttpRequest.send(socket, instance.host(), port, config);
                    // its own close would wait for that of the other side
                    case HTTPS ->
                        HttpRequest.send(secured(socket, instance, port, config), instance.host(), port, config);
                };
            } finally {
                cut.cancel();
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException closed) {
            // all that was wanted
        }
    }

    private static SSLSocket secured(Socket plain, ServiceInstance instance, int port, HealthCheckConfig config)
            throws IOException {
        String host = config.host();
        String name = host == null ? instance.host() : host.replaceFirst(PORT_OF_A_NAME, "");
        SSLSocket secured = (SSLSocket) trust().getSocketFactory().createSocket(plain, name, port, true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }

    /** That of the process at the moment: a certificate store may be exchanged while it runs. */
    private static SSLContext trust() throws SSLException {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException unusable) {
            throw new SSLException("no SSLContext of the process", unusable);
        }
    }

    private static String within(HealthCheckConfig config) {
        return " within " + config.timeout().toMillis() + " ms";
    }

    private static String reason(IOException failure) {
        if (failure instanceof UnknownHostException) {
            return "unknown host " + failure.getMessage();
        }
        if (failure instanceof EOFException) {
            return "connection closed without an answer";
        }
        String message = failure.getMessage();
        String text = message == null || message.isEmpty() ? failure.getClass().getName() : message;
        return failure instanceof SSLException
                ? "TLS: " + text
                : Character.toLowerCase(text.charAt(0)) + text.substring(1);
    }

    /** When a check has taken too long. Sockets wait in real time, so it is measured in real time. */
    private record Deadline(long at) {

        static Deadline in(Duration time) {
            return new Deadline(System.nanoTime() + Ticker.nanos(time));
        }

        /** The time left; 0 or less when it is over. */
        long nanosLeft() {
            return at - System.nanoTime();
        }
    }
}
