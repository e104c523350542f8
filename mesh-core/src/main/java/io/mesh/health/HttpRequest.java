package io.mesh.health;

import io.mesh.model.HealthCheckConfig;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A request in HTTP/1.1 (RFC 9112), of whose answer only the status is read. */
final class HttpRequest {

    private static final int MOST_CHARACTERS = 65_536;
    private static final Pattern STATUS = Pattern.compile("\\AHTTP/1\\.[0-9] ([0-9]{3})(?: [^\\n]*)?\\r?\\n");
    private static final Pattern END_OF_HEADERS = Pattern.compile("\\r?\\n\\r?\\n");

    private HttpRequest() {}

    static CheckResult send(Socket socket, String host, int port, HealthCheckConfig config) throws IOException {
        socket.getOutputStream().write(text(host, port, config).getBytes(StandardCharsets.UTF_8));
        int status = status(socket.getInputStream());
        boolean expected = config.expectedStatuses().stream().anyMatch(range -> range.contains(status));
        return new CheckResult(expected, "status " + status);
    }

    static String text(String host, int port, HealthCheckConfig config) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.put("Accept", "*/*");
        headers.put("User-Agent", "mesh-health-check");
        headers.putAll(config.headers());
        headers.put("Connection", "close");
        StringBuilder request = new StringBuilder()
                .append(config.method())
                .append(' ')
                .append(config.path())
                .append(" HTTP/1.1\r\nHost: ")
                .append(config.host() == null ? address(host, port) : config.host())
                .append("\r\n");
        headers.forEach(
                (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
        return request.append("\r\n").toString();
    }

    private static String address(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static int status(InputStream in) throws IOException {
        StringBuilder answer = new StringBuilder();
        byte[] buffer = new byte[1_024];
        while (answer.length() < MOST_CHARACTERS) {
            int read = in.read(buffer);
            if (read < 0) {
                throw answer.length() == 0 ? new EOFException() : new IOException("no answer in HTTP/1.1");
            }
            answer.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
            int status = finalStatus(answer);
            if (status > 0) {
                return status;
            }
        }
        throw new IOException("no answer in HTTP/1.1");
    }

    /** The status of the answer, once those that announce one (100 to 199) are over; 0 if more is to come. */
    static int finalStatus(StringBuilder answer) throws IOException {
        while (answer.indexOf("\n") >= 0) {
            Matcher line = STATUS.matcher(answer);
            if (!line.find()) {
                throw new IOException("no answer in HTTP/1.1");
            }
            int status = Integer.parseInt(line.group(1));
            if (status >= 200) {
                return status;
            }
            Matcher end = END_OF_HEADERS.matcher(answer);
            if (!end.find()) {
                return 0;
            }
            answer.delete(0, end.end());
        }
        return 0;
    }
}
