package io.mesh.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Lines over time as an SVG; in colours of a middle lightness, since the page behind may be light or dark. */
final class Chart {

    private static final int WIDTH = 860;
    private static final int HEIGHT = 340;
    private static final int LEFT = 56;
    private static final int RIGHT = 16;
    private static final int TOP = 52;
    private static final int BOTTOM = 44;
    private static final String INK = "#7d8590";
    private static final List<String> COLOURS =
            List.of("#2f81f7", "#e5534b", "#57ab5a", "#c69026", "#986ee2", "#39c5cf", "#a1887f");

    private record Line(String name, List<Double> values) {}

    private record Shade(double from, double to, String name) {}

    private final String title;
    private final String unit;
    private final double least;
    private final double most;
    private final List<Line> lines = new ArrayList<>();
    private final List<Shade> shades = new ArrayList<>();

    /**
     * A chart without lines.
     *
     * @param unit of the values
     * @param least the lowest value shown
     * @param most the highest value shown
     */
    Chart(String title, String unit, double least, double most) {
        this.title = title;
        this.unit = unit;
        this.least = least;
        this.most = most;
    }

    /** Adds a line with a value for each second. */
    Chart line(String name, int seconds, IntToDoubleFunction value) {
        lines.add(new Line(
                name, IntStream.range(0, seconds).mapToObj(value::applyAsDouble).toList()));
        return this;
    }

    /** Marks a span of time. */
    Chart shade(double from, double to, String name) {
        shades.add(new Shade(from, to, name));
        return this;
    }

    private int seconds() {
        return lines.stream().mapToInt(line -> line.values.size()).max().orElse(1);
    }

    private double x(double second) {
        return LEFT + second * (WIDTH - LEFT - RIGHT) / seconds();
    }

    private double y(double value) {
        double shown = Math.max(least, Math.min(value, most));
        return TOP + (most - shown) / (most - least) * (HEIGHT - TOP - BOTTOM);
    }

    String svg() {
        StringBuilder svg = new StringBuilder();
        append(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\""
                        + " font-family=\"system-ui, sans-serif\" font-size=\"12\">",
                WIDTH,
                HEIGHT,
                WIDTH);
        append(svg, "<title>%s</title>", title);
        text(svg, LEFT, 16, "start", INK, title);
        for (Shade shade : shades) {
            append(
                    svg,
                    "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" fill-opacity=\"0.15\"/>",
                    x(shade.from),
                    TOP,
                    x(shade.to) - x(shade.from),
                    HEIGHT - TOP - BOTTOM,
                    INK);
            text(svg, (x(shade.from) + x(shade.to)) / 2, TOP + 14, "middle", INK, shade.name);
        }
        axes(svg);
        double legend = LEFT;
        for (int i = 0; i < lines.size(); i++) {
            String colour = COLOURS.get(i % COLOURS.size());
            Line line = lines.get(i);
            polyline(svg, line, colour);
            text(svg, legend, 36, "start", colour, "— " + line.name);
            legend += 28 + 6.4 * line.name.length();
        }
        return svg.append("</svg>\n").toString();
    }

    private void axes(StringBuilder svg) {
        for (int i = 0; i <= 4; i++) {
            double value = least + (most - least) * i / 4;
            append(
                    svg,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\" stroke-opacity=\"0.3\"/>",
                    LEFT,
                    y(value),
                    WIDTH - RIGHT,
                    y(value),
                    INK);
            text(svg, LEFT - 6, y(value) + 4, "end", INK, number(value) + unit);
        }
        for (int second = 0; second <= seconds(); second += 10) {
            text(svg, x(second), HEIGHT - BOTTOM + 18, "middle", INK, second + " s");
        }
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.2f", value);
    }

    /** The value of a second stands in its middle. */
    private void polyline(StringBuilder svg, Line line, String colour) {
        svg.append("<polyline fill=\"none\" stroke=\"").append(colour).append("\" stroke-width=\"2\" points=\"");
        for (int i = 0; i < line.values.size(); i++) {
            svg.append(String.format(Locale.ROOT, "%s%.1f,%.1f", i == 0 ? "" : " ", x(i + 0.5), y(line.values.get(i))));
        }
        svg.append("\"/>\n");
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String colour, String text) {
        append(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>", x, y, anchor, colour, text);
    }

    private static void append(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
