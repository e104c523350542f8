package io.mesh.discovery;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A DNS server on the loopback interface that knows SRV records only (RFC 1035, RFC 2782), over UDP and TCP. */
final class LoopbackDns implements AutoCloseable {

    private static final int SRV = 33;
    private static final int NO_ERROR = 0;
    private static final int SERVER_FAILURE = 2;
    private static final int NO_SUCH_NAME = 3;
    private static final int UDP_LIMIT = 512;

    record Srv(int priority, int weight, int port, String target) {}

    private final Map<String, List<Srv>> records = new ConcurrentHashMap<>();
    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private volatile boolean fails;
    private volatile boolean isSilent;

    LoopbackDns() throws IOException {
        ServerSocket listening = null;
        DatagramSocket receiving = null;
        while (receiving == null) {
            listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
            try {
                receiving = new DatagramSocket(listening.getLocalPort(), InetAddress.getLoopbackAddress());
            } catch (BindException takenByAnother) {
                listening.close(); // one port for both is needed
            }
        }
        tcp = listening;
        udp = receiving;
        start("udp", this::serveUdp);
        start("tcp", this::serveTcp);
    }

    private interface Serving {
        void serve() throws IOException;
    }

    private static void start(String name, Serving serving) {
        Thread thread = new Thread(
                () -> {
                    try {
                        serving.serve();
                    } catch (SocketException closed) {
                        return; // the end of the test
                    } catch (IOException unexpected) {
                        throw new UncheckedIOException(unexpected);
                    }
                },
                "loopback-dns-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    String address() {
        return "127.0.0.1:" + udp.getLocalPort();
    }

    /** The records of a name from now on; none: the name exists, without a record. */
    void answer(String name, Srv... srv) {
        records.put(name, List.of(srv));
    }

    void forget(String name) {
        records.remove(name);
    }

    void fail(boolean failing) {
        fails = failing;
    }

    void silence() {
        isSilent = true;
    }

    private void serveUdp() throws IOException {
        byte[] buffer = new byte[UDP_LIMIT];
        while (true) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            udp.receive(packet);
            if (isSilent) {
                continue;
            }
            byte[] query = new byte[packet.getLength()];
            System.arraycopy(packet.getData(), packet.getOffset(), query, 0, query.length);
            byte[] answer = answerTo(query, UDP_LIMIT);
            udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
    }

    private void serveTcp() throws IOException {
        while (true) {
            try (Socket socket = tcp.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] query = new byte[in.readUnsignedShort()];
                in.readFully(query);
                byte[] answer = answerTo(query, 65_535);
                DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                out.writeShort(answer.length);
                out.write(answer);
                out.flush();
            }
        }
    }

    private byte[] answerTo(byte[] query, int limit) throws IOException {
        int end = 12;
        StringBuilder name = new StringBuilder();
        while (query[end] != 0) {
            name.append(name.isEmpty() ? "" : ".")
                    .append(new String(query, end + 1, query[end], StandardCharsets.US_ASCII));
            end += query[end] + 1;
        }
        end += 5; // the root, the type and the class
        int type = ByteBuffer.wrap(query).getShort(end - 4);
        List<Srv> found = records.get(name.toString());
        int code = fails ? SERVER_FAILURE : found == null ? NO_SUCH_NAME : NO_ERROR;
        List<Srv> told = code == NO_ERROR && type == SRV && found != null ? found : List.of();
        byte[] whole = message(query, end, code, told, false);
        return whole.length <= limit ? whole : message(query, end, code, List.of(), true);
    }

    private static byte[] message(byte[] query, int questionEnd, int code, List<Srv> told, boolean truncated)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(query, 0, 2); // the id
        out.writeShort(0x8580 | (truncated ? 0x0200 : 0) | code); // an authoritative answer
        out.writeShort(1);
        out.writeShort(told.size());
        out.writeShort(0);
        out.writeShort(0);
        out.write(query, 12, questionEnd - 12);
        for (Srv srv : told) {
            out.writeShort(0xc00c); // the name in the question
            out.writeShort(SRV);
            out.writeShort(1);
            out.writeInt(0); // seconds to live
            byte[] target = name(srv.target());
            out.writeShort(6 + target.length);
            out.writeShort(srv.priority());
            out.writeShort(srv.weight());
            out.writeShort(srv.port());
            out.write(target);
        }
        return bytes.toByteArray();
    }

    private static byte[] name(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String label : text.split("\\.", -1)) {
            if (!label.isEmpty()) {
                bytes.write(label.length());
                bytes.write(label.getBytes(StandardCharsets.US_ASCII));
            }
        }
        bytes.write(0);
        return bytes.toByteArray();
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
