package io.mesh.lab;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A table in Markdown; the first column is text, all others are figures. */
final class Table {

    private final StringBuilder lines = new StringBuilder();

    Table(String... head) {
        lines.append(line(List.of(head)));
        lines.append(line(
                Stream.concat(Stream.of("---"), Stream.generate(() -> "---:").limit(head.length - 1L))
                        .toList()));
    }

    Table row(String... cells) {
        lines.append(line(List.of(cells)));
        return this;
    }

    private static String line(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    @Override
    public String toString() {
        return lines.toString();
    }

    /** A share, to a hundredth of a percent; 100 % only if it is all. */
    static String percent(double share) {
        double percent = Math.rint(share * 10_000) / 100;
        return String.format(Locale.ROOT, "%.2f %%", share < 1 ? Math.min(percent, 99.99) : percent);
    }

    /** A multiple, to a hundredth. */
    static String times(double factor) {
        return String.format(Locale.ROOT, "%.2f×", factor);
    }

    /** A time given in seconds, to a tenth of a millisecond. */
    static String millis(double seconds) {
        return String.format(Locale.ROOT, "%.1f ms", seconds * 1e3);
    }

    /** A whole number. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
