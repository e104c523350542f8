package io.mesh.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The packaged shop while no instance of inventory takes a request. */
class RefusingServiceIT {

    private static final int INSTANCES = 3;
    private static final Duration GENEROUS = Duration.ofSeconds(30);

    @Test
    void onceAllCircuitsAreOpenAnAnswerCostsNoConnectionAttempt() throws Exception {
        try (Doors doors = new Doors();
                RunningShop running = new RunningShop(doors.asArguments())) {
            ShopClient shop = running.client();
            await().atMost(GENEROUS).pollInterval(Duration.ofMillis(1)).until(() -> {
                assertThatStockIsUnknown(shop);
                return IntStream.rangeClosed(1, INSTANCES)
                        .allMatch(i -> shop.breakerState("inventory-" + i).equals("OPEN"));
            });
            int connections = doors.connections();
            long rejected = shop.service("inventory").get("rejected").asLong();

            for (int i = 0; i < 200; i++) {
                assertThatStockIsUnknown(shop);
            }

            assertThat(doors.connections()).isEqualTo(connections);
            assertThat(shop.service("inventory").get("rejected").asLong()).isEqualTo(rejected + 200);
        }
    }

    private static void assertThatStockIsUnknown(ShopClient shop) {
        ShopClient.Answer answer = shop.stock("apple");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.source()).isEqualTo("fallback");
    }

    /** The ports of instances that slam the door: a connection is counted and closed. */
    private static final class Doors implements AutoCloseable {

        private final AtomicInteger connections = new AtomicInteger();
        private final List<ServerSocket> sockets = new ArrayList<>();

        Doors() throws IOException {
            for (int i = 0; i < INSTANCES; i++) {
                ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                Thread thread = new Thread(() -> slam(socket), "door");
                thread.setDaemon(true);
                thread.start();
            }
        }

        private void slam(ServerSocket door) {
            while (true) {
                try (Socket connection = door.accept()) {
                    connections.incrementAndGet();
                    connection.setSoLinger(true, 0);
                } catch (SocketException closed) {
                    if (door.isClosed()) {
                        return;
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        int connections() {
            return connections.get();
        }

        String[] asArguments() {
            List<String> arguments = new ArrayList<>(
                    List.of("--shop.embedded-backends=false", "--mesh.defaults.circuit-breaker.open-timeout=1h"));
            for (int i = 0; i < INSTANCES; i++) {
                String instance = "--mesh.services.inventory.instances[" + i + "].";
                arguments.add(instance + "id=inventory-" + (i + 1));
                arguments.add(
                        instance + "host=" + sockets.get(i).getInetAddress().getHostAddress());
                arguments.add(instance + "port=" + sockets.get(i).getLocalPort());
            }
            return arguments.toArray(String[]::new);
        }

        @Override
        public void close() throws IOException {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }
}
