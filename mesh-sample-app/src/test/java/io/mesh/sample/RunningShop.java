package io.mesh.sample;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packaged shop in a process of its own, on a free port. */
final class RunningShop implements AutoCloseable {

    private static final Pattern OPENED = Pattern.compile("What to try: http://localhost:(\\d+)/");
    private static final Duration OPENING = Duration.ofSeconds(90);
    private static final Duration CLOSING = Duration.ofSeconds(30);

    private final Path log;
    private final Process process;
    private final int port;

    RunningShop(String... arguments) throws IOException {
        log = Files.createTempFile("shop", ".log");
        process = new ProcessBuilder(command(arguments))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            port = await("the shop opens: " + log).atMost(OPENING).until(this::portInLog, found -> found > 0);
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw new IllegalStateException("The shop did not open:\n" + log(), e);
        }
    }

    private static List<String> command(String... arguments) {
        String jar = System.getProperty("mesh.sample.jar");
        if (jar == null) {
            throw new IllegalStateException("The system property mesh.sample.jar must name the packaged shop");
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar)); // opens sooner
        command.add("--server.port=0");
        command.addAll(List.of(arguments));
        return command;
    }

    private int portInLog() {
        Matcher matcher = OPENED.matcher(log());
        if (matcher.find()) {
            return Integer.parseInt(matcher.group(1));
        }
        if (!process.isAlive()) {
            throw new IllegalStateException("The process ended with " + process.exitValue());
        }
        return 0;
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ShopClient client() {
        return new ShopClient(port);
    }

    /** Asks the shop to close, as Ctrl-C does, and fails if it does not. */
    @Override
    public void close() throws IOException {
        process.destroy();
        boolean closed = process.onExit()
                .thenApply(ended -> true)
                .completeOnTimeout(false, CLOSING.toSeconds(), TimeUnit.SECONDS)
                .join();
        if (!closed) {
            process.destroyForcibly().onExit().join();
            throw new IllegalStateException("The shop did not close:\n" + log());
        }
        Files.delete(log);
    }
}
