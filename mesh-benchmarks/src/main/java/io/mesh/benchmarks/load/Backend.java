package io.mesh.benchmarks.load;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;

/** An instance of the service inventory: it always has seven. */
final class Backend implements AutoCloseable {

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // or an answer waits for the other side's delayed ACK
    }

    private final String id;
    private final HttpServer server;

    Backend(String id, Executor threads) throws IOException {
        this.id = id;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/stock/", this::answer);
        server.start();
    }

    String id() {
        return id;
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] body = ("{\"item\":\"" + path.substring(path.lastIndexOf('/') + 1) + "\",\"available\":7,\"source\":\""
                        + id + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
