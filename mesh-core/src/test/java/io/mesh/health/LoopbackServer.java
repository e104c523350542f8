package io.mesh.health;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A server whose answers are written byte by byte, so that it may answer what no library would. */
public final class LoopbackServer implements AutoCloseable {

    /** What the server does with a connection, which stays open until the server is closed if it is not closed here. */
    @FunctionalInterface
    public interface Answer {
        void to(Socket connection) throws IOException;
    }

    private final ServerSocket listening;
    private final Answer answer;
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final Queue<Socket> connections = new ConcurrentLinkedQueue<>();
    private final Thread accepting;

    public LoopbackServer(Answer answer) throws IOException {
        this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), answer);
    }

    LoopbackServer(ServerSocket listening, Answer answer) {
        this.listening = listening;
        this.answer = answer;
        this.accepting = daemon(this::accept);
    }

    /** One that answers each request with this status, and closes. */
    public static LoopbackServer answering(int status) throws IOException {
        return new LoopbackServer(
                connection -> write(connection, "HTTP/1.1 " + status + " Whatever\r\nContent-Length: 0\r\n\r\n"));
    }

    static void write(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        connection.getOutputStream().flush();
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** What was read of each connection up to an empty line, in the order of reading. */
    public Queue<String> requests() {
        return requests;
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "loopback-server");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void accept() {
        while (true) {
            try {
                Socket connection = listening.accept();
                connections.add(connection);
                daemon(() -> serve(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try {
            String request = head(connection.getInputStream());
            if (!request.isEmpty()) {
                requests.add(request);
                answer.to(connection);
            }
        } catch (IOException gone) {
            // the client has closed, or the server
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        String text = "";
        while (!text.endsWith("\r\n\r\n")) {
            int read = in.read();
            if (read < 0) {
                return text;
            }
            head.write(read);
            text = head.toString(StandardCharsets.ISO_8859_1);
        }
        return text;
    }

    /** When it returns nobody is accepted any more, not even who comes while the system lets go of the port. */
    @Override
    public void close() {
        try {
            listening.close();
            join(accepting);
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void join(Thread ending) {
        try {
            ending.join();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
