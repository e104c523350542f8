package io.mesh.lab;

import java.util.LinkedHashMap;
import java.util.Map;

/** The page of the lab and its charts, as the experiments write them. */
final class Page {

    private final StringBuilder markdown = new StringBuilder();
    private final Map<String, String> files = new LinkedHashMap<>();

    Page title(String title) {
        markdown.append("# ").append(title).append("\n\n");
        return this;
    }

    Page section(String title) {
        markdown.append("## ").append(title).append("\n\n");
        return this;
    }

    Page text(String paragraph) {
        markdown.append(paragraph.strip()).append("\n\n");
        return this;
    }

    Page table(Table table) {
        markdown.append(table).append('\n');
        return this;
    }

    Page chart(String name, String description, Chart chart) {
        files.put(name + ".svg", chart.svg());
        markdown.append("![").append(description).append("](").append(name).append(".svg)\n\n");
        return this;
    }

    /** All files by name. */
    Map<String, String> files() {
        Map<String, String> all = new LinkedHashMap<>(files);
        all.put("README.md", markdown.toString().stripTrailing() + "\n");
        return all;
    }
}
