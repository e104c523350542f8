package io.mesh.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One kept-alive connection that makes the same request again and again, at little cost: what the generator burns is
 * missing from what is measured. Answers must be short.
 */
final class Connection implements AutoCloseable {

    private static final int LONGEST_ANSWER = 8_192;

    private final Socket socket;
    private final byte[] request;
    private final byte[] answer = new byte[LONGEST_ANSWER];

    Connection(int port, String path) throws IOException {
        this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        this.request = ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** The body of the answer, as it came: chunked or not. */
    String exchange() throws IOException {
        socket.getOutputStream().write(request);
        int length = 0;
        while (true) {
            int read = socket.getInputStream().read(answer, length, answer.length - length);
            if (read <= 0) {
                throw new IOException("The connection ended in the middle of an answer.");
            }
            length += read;
            String text = new String(answer, 0, length, StandardCharsets.ISO_8859_1);
            int head = text.indexOf("\r\n\r\n");
            if (head >= 0 && isComplete(text, head)) {
                if (!text.startsWith("HTTP/1.1 200")) {
                    throw new IOException(text);
                }
                return text.substring(head + 4);
            }
        }
    }

    private static boolean isComplete(String text, int head) {
        String headers = text.substring(0, head).toLowerCase(Locale.ROOT);
        String field = "content-length:";
        int at = headers.indexOf(field);
        if (at < 0) {
            return text.endsWith("0\r\n\r\n");
        }
        int end = headers.indexOf('\r', at);
        String length = headers.substring(at + field.length(), end < 0 ? head : end);
        return text.length() - head - 4 == Integer.parseInt(length.strip());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
