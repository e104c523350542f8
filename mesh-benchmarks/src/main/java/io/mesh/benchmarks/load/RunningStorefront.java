package io.mesh.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link Storefront} in a process of its own. */
final class RunningStorefront implements AutoCloseable {

    private final String client;
    private final Process process;
    private final int port;

    RunningStorefront(String client, List<Backend> backends) throws IOException {
        this.client = client;
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms512m",
                "-Xmx512m",
                "-XX:+UseG1GC",
                "-cp",
                System.getProperty("java.class.path"),
                Storefront.class.getName(),
                "--storefront.client=" + client,
                "--spring.config.name=storefront",
                "--mesh.enabled=" + client.equals("mesh")));
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < backends.size(); i++) {
            Backend backend = backends.get(i);
            String address = "localhost:" + backend.port();
            addresses.add(address);
            command.add("--mesh.services.inventory.instances[" + i + "]=" + address);
            command.add("--spring.cloud.discovery.client.simple.instances.inventory[" + i + "].uri=http://" + address);
        }
        command.add("--storefront.addresses=" + String.join(",", addresses));
        this.process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        this.port = port(process.inputReader(StandardCharsets.UTF_8));
    }

    private static int port(BufferedReader output) throws IOException {
        String line = output.readLine();
        while (line != null && !line.startsWith(Storefront.PORT)) {
            line = output.readLine();
        }
        if (line == null) {
            throw new IOException("The storefront did not start.");
        }
        return Integer.parseInt(line.substring(Storefront.PORT.length()));
    }

    String client() {
        return client;
    }

    int port() {
        return port;
    }

    long allocated() throws IOException {
        try (Connection connection = new Connection(port, "/allocated")) {
            String body = connection.exchange();
            String[] lines = body.split("\r\n", -1);
            return Long.parseLong(lines.length > 1 ? lines[1] : lines[0]); // chunked: the length comes first
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
