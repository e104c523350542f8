package io.mesh.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The page of the lab is what the experiments write; with {@code -Dlab.write} it is written anew. */
class LabPageTest {
    static Map<String, String> files() {
        Page page = new Page().title("The lab");
        RandomErrorsTest.describe(page);
        HedgingExperimentTest.describe(page);
        RollingDeployTest.describe(page);
        ZoneLossTest.describe(page);
        RegistryLossTest.describe(page);
        LargeFleetTest.describe(page);
        return page.files();
    }
    public static void main(String[] a) {
        Runnable[] all = {};
        for (java.util.function.Consumer<Page> c : java.util.List.<java.util.function.Consumer<Page>>of(RandomErrorsTest::describe, HedgingExperimentTest::describe, RollingDeployTest::describe, ZoneLossTest::describe, RegistryLossTest::describe, LargeFleetTest::describe)) {
            long t = System.nanoTime();
            Page page = new Page();
            try { c.accept(page); System.out.println(page.files().get("README.md")); } catch (Throwable e) { e.printStackTrace(System.out); }
            System.out.println((System.nanoTime() - t) / 1e9 + " s");
        }
    }
}
