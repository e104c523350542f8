package io.mesh.health;

import io.mesh.model.HealthCheckConfig;
import io.mesh.model.HealthCheckConfig.Protocol;
import io.mesh.model.ServiceInstance;
import io.mesh.time.Ticker;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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

    @Override
    public CheckResult check(ServiceInstance instance, HealthCheckConfig config) {
        Deadline deadline = Deadline.in(config.timeout());
        Integer ownPort = config.port();
        int port = ownPort == null ? instance.port() : ownPort;
        try (Socket socket = new Socket(Proxy.NO_PROXY)) {
            InetSocketAddress address = new InetSocketAddress(instance.host(), port);
            if (address.isUnresolved()) {
                throw new UnknownHostException(instance.host());
            }
            socket.connect(address, deadline.millisLeft());
            if (config.protocol() == Protocol.TCP) {
                return CheckResult.passed("connected");
            }
            if (config.protocol() == Protocol.HTTP) {
                return HttpRequest.send(socket, instance.host(), port, config, deadline);
            }
            SSLSocket secured =
                    secured(socket, instance, port, config); // its own close would wait for that of the other side
            secured.setSoTimeout(deadline.millisLeft());
            secured.startHandshake();
            return HttpRequest.send(secured, instance.host(), port, config, deadline);
        } catch (IOException failure) {
            return CheckResult.failed(reason(failure, config));
        } catch (RuntimeException failure) { // a user's own socket factory, name service or security
            return CheckResult.failed(failure.toString());
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

    private static String reason(IOException failure, HealthCheckConfig config) {
        if (failure instanceof SocketTimeoutException) {
            return "no answer within " + config.timeout().toMillis() + " ms";
        }
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
    record Deadline(long at) {

        static Deadline in(Duration time) {
            return new Deadline(System.nanoTime() + Ticker.nanos(time));
        }

        /** The time left, 1 or more: 0 would mean for ever. */
        int millisLeft() throws SocketTimeoutException {
            long left = at - System.nanoTime();
            if (left <= 0) {
                throw new SocketTimeoutException();
            }
            return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(left) + 1);
        }
    }
}
