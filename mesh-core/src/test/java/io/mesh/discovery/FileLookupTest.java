package io.mesh.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.ServiceInstance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLookupTest {

    @TempDir
    private Path folder;

    private static String listing(String address) {
        return "{\"instances\": [\"" + address + "\"]}";
    }

    private static List<String> ids(FileLookup lookup) throws IOException {
        return lookup.find().stream().map(ServiceInstance::id).toList();
    }

    @Test
    void aConfigMapThatIsSwappedBehindItsLinksIsSeen() throws IOException {
        Path one = Files.createDirectory(folder.resolve("..one"));
        Path two = Files.createDirectory(folder.resolve("..two"));
        Files.writeString(one.resolve("orders.json"), listing("a:1"));
        Files.writeString(two.resolve("orders.json"), listing("b:2"));
        Path data = Files.createSymbolicLink(folder.resolve("..data"), one.getFileName());
        Path mounted = Files.createSymbolicLink(folder.resolve("orders.json"), Path.of("..data", "orders.json"));
        FileLookup lookup = new FileLookup(mounted);
        assertThat(ids(lookup)).containsExactly("a:1");

        Path swapped = Files.createSymbolicLink(folder.resolve("..data_tmp"), two.getFileName());
        Files.move(swapped, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

        assertThat(ids(lookup)).containsExactly("b:2");
    }

    @Test
    void aChangeThatLeavesSizeAndTimeOfModificationAsTheyWereIsSeen() throws IOException {
        Path file = Files.writeString(folder.resolve("orders.json"), listing("a:1"));
        FileTime time = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(file, time);
        FileLookup lookup = new FileLookup(file);
        assertThat(ids(lookup)).containsExactly("a:1");

        Files.writeString(file, listing("b:2"));
        Files.setLastModifiedTime(file, time);

        assertThat(ids(lookup)).containsExactly("b:2");
    }

    @Test
    void aFileThatHasNotChangedIsNotParsedAgain() throws IOException {
        Path file = Files.writeString(folder.resolve("orders.json"), listing("a:1"));
        FileLookup lookup = new FileLookup(file);

        assertThat(lookup.find()).isSameAs(lookup.find());
    }

    @Test
    void aFileThatIsMendedIsTakenAgain() throws IOException {
        Path file = Files.writeString(folder.resolve("orders.json"), listing("a:1"));
        FileLookup lookup = new FileLookup(file);
        assertThat(ids(lookup)).containsExactly("a:1");

        Files.writeString(file, "{\"instances\": [");
        assertThatThrownBy(lookup::find).isInstanceOf(InstanceFileException.class);
        assertThatThrownBy(lookup::find).isInstanceOf(InstanceFileException.class);
        Files.writeString(file, listing("a:1"));

        assertThat(ids(lookup)).containsExactly("a:1");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        Path absent = folder.resolve("absent.json");

        assertThatThrownBy(() -> new FileLookup(absent).find())
                .isInstanceOf(IOException.class)
                .hasMessage("There is no file " + absent + ".");
    }

    @Test
    void aByteOrderMarkThatAnEditorHasWrittenIsNoMistake() throws IOException {
        Path file = Files.writeString(folder.resolve("orders.json"), "\uFEFF" + listing("a:1"));

        assertThat(ids(new FileLookup(file))).containsExactly("a:1");
    }

    @Test
    void whatIsNoTextIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("orders.json"), new byte[] {'{', (byte) 0xff, '}'});

        assertThatThrownBy(() -> new FileLookup(file).find()).hasMessage(file + " is not UTF-8 text.");
    }

    @Test
    void whatIsTooLargeForAListIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("orders.json"), new byte[(16 << 20) + 1]);

        assertThatThrownBy(() -> new FileLookup(file).find())
                .hasMessage(file + " is larger than 16 MiB, which is too large for a list of instances.");
    }
}
