package io.mesh.discovery;

import io.mesh.model.ServiceInstance;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of instances, read whole at every look-up, and parsed when its content differs from that of the one before.
 *
 * <p>Content is compared, since nothing else tells the truth everywhere: Kubernetes swaps a symbolic link two directories
 * away from a mounted ConfigMap, which no watch on the file sees; network file systems tell no changes at all; and a file
 * that is put back or unpacked keeps its time of modification. What it costs is one read of a small file a second.
 */
final class FileLookup implements PollingDiscovery.Lookup {

    /** Some 100,000 instances; a larger file is some other file. */
    private static final int MOST_BYTES = 16 << 20;

    /** Which some editors write, and nobody sees. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final Path path;
    private byte @Nullable [] parsed; // and this: only the look-up under way
    private @Nullable List<ServiceInstance> instances;

    FileLookup(Path path) {
        this.path = path;
    }

    @Override
    public List<ServiceInstance> find() throws IOException {
        byte[] content = read();
        List<ServiceInstance> known = instances;
        if (known == null || !Arrays.equals(content, parsed)) {
            known = InstanceFile.parse(path.toString(), text(content));
            instances = known;
            parsed = content;
        }
        return known;
    }

    private byte[] read() throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            byte[] content = file.readNBytes(MOST_BYTES + 1);
            if (content.length > MOST_BYTES) {
                throw new IOException(path + " is larger than 16 MiB, which is too large for a list of instances.");
            }
            return content;
        } catch (NoSuchFileException absent) {
            throw new IOException("There is no file " + path.toAbsolutePath() + ".", absent);
        }
    }

    private String text(byte[] content) throws IOException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException otherwise) {
            throw new IOException(path + " is not UTF-8 text.", otherwise);
        }
    }
}
