package io.mesh.sample.backend;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * One instance of a service: an HTTP server on a free port, with a switch.
 *
 * <p>It keeps its port while it refuses connections, and keeps no connection open after an answer: one that begins
 * to refuse is found out by the very next call.
 */
final class Backend implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Backend.class);
    private static final JsonMapper json = JsonMapper.shared();

    private final String id;
    private final BackendWork work;
    private final Executor threads;
    private final Duration slowness;
    private final LongAdder requests = new LongAdder();
    private final ReentrantLock switching = new ReentrantLock();
    private final InetSocketAddress address;
    private @Nullable HttpServer server; // guarded by switching; null while it refuses
    private volatile BackendMode mode = BackendMode.WELL;

    Backend(String id, BackendWork work, Executor threads, Duration slowness) {
        this.id = id;
        this.work = work;
        this.threads = threads;
        this.slowness = slowness;
        HttpServer listening = listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        this.server = listening;
        this.address = listening.getAddress();
    }

    String id() {
        return id;
    }

    String host() {
        return address.getAddress().getHostAddress();
    }

    int port() {
        return address.getPort();
    }

    String address() {
        return (host().contains(":") ? "[" + host() + "]" : host()) + ":" + port();
    }

    BackendMode mode() {
        return mode;
    }

    /** How many requests reached it, whatever it did with them. */
    long requests() {
        return requests.sum();
    }

    void switchTo(BackendMode newMode) {
        switching.lock();
        try {
            if (newMode == BackendMode.REFUSE) {
                stopListening();
            }
            mode = newMode;
            if (newMode != BackendMode.REFUSE && server == null) {
                server = listen(address);
            }
        } finally {
            switching.unlock();
        }
    }

    @Override
    public void close() {
        switching.lock();
        try {
            stopListening();
        } finally {
            switching.unlock();
        }
    }

    private void stopListening() {
        if (server != null) {
            server.stop(0);
            server = null;
        }
    }

    private HttpServer listen(InetSocketAddress at) {
        try {
            HttpServer created = HttpServer.create(at, 0);
            created.setExecutor(threads);
            created.createContext("/", this::handle);
            created.start();
            return created;
        } catch (IOException e) {
            throw new UncheckedIOException("Backend " + id + " cannot listen at " + at, e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.increment();
        BackendWork.Request request = new BackendWork.Request(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        switch (mode) {
            case WELL, REFUSE -> send(exchange, answer(request));
            case FAIL -> send(exchange, BackendWork.Answer.error(500, id + " is broken"));
            case SLOW ->
                CompletableFuture.delayedExecutor(slowness.toNanos(), TimeUnit.NANOSECONDS, threads)
                        .execute(() -> answerLate(exchange, request));
        }
    }

    private void answerLate(HttpExchange exchange, BackendWork.Request request) {
        try {
            send(exchange, answer(request));
        } catch (IOException e) {
            log.debug("The caller of {} did not wait for the answer", id, e);
        }
    }

    private BackendWork.Answer answer(BackendWork.Request request) {
        try {
            return work.answer(request);
        } catch (JacksonException e) {
            return BackendWork.Answer.error(400, e.getOriginalMessage());
        }
    }

    private static void send(HttpExchange exchange, BackendWork.Answer answer) throws IOException {
        byte[] body = json.writeValueAsBytes(answer.body());
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.getResponseHeaders().set("Connection", "close");
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
