package io.mesh.sample;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A reader of the start page of the packaged shop, who types what it says. */
class StartPageIT {

    private static final Duration GENEROUS = Duration.ofSeconds(30);

    private static RunningShop running;
    private static ShopClient shop;
    private static String logOfTheStart = "";

    @BeforeAll
    static void open() throws Exception {
        running = new RunningShop("--mesh.defaults.circuit-breaker.open-timeout=1s");
        shop = running.client();
        assertThat(shop.get("/").status()).isEqualTo(200);
        logOfTheStart = running.log();
    }

    @AfterAll
    static void close() throws Exception {
        running.close();
    }

    @Test
    void theShopOpensWithoutAWarning() {
        assertThat(logOfTheStart).contains("INFO").doesNotContain("WARN").doesNotContain("ERROR");
    }

    @Test
    void everyLineWorksAndShowsWhatThePagePromises() throws Exception {
        assumeTrue(isInstalled("curl"), "curl is not installed");
        List<String> lines = shop.get("/")
                .body()
                .lines()
                .filter(line -> line.startsWith("curl "))
                .toList();
        assertThat(lines).hasSizeGreaterThan(15);
        String broken = "";
        String output = "";

        for (String line : lines) {
            waitForInventory(broken);
            output = run(line);
            broken = nowBroken(line, broken);
            assertPromise(line, broken, output);
        }

        assertThat(broken).as("what is left broken in the end").isEmpty();
    }

    private static void assertPromise(String line, String broken, String output) {
        List<String> sources =
                output.lines().filter(answer -> answer.contains("source")).toList();
        if (line.contains("/stock/")) {
            switch (broken) {
                case "inventory-2/fail" ->
                    assertThat(sources).hasSize(30).noneMatch(s -> s.contains("inventory-2") || s.contains("fallback"));
                case "inventory-[1-3]/refuse" -> assertThat(sources).hasSize(80).allMatch(s -> s.contains("fallback"));
                default -> assertThat(sources).isNotEmpty().noneMatch(s -> s.contains("fallback"));
            }
        } else if (line.contains("/orders")) {
            switch (broken) {
                case "payments-1/fail" ->
                    assertThat(output).contains("PAYMENT_UNKNOWN").doesNotContain("REFUSED");
                default -> assertThat(sources).isNotEmpty().allMatch(order -> order.contains("\"PAID\""));
            }
        } else if (line.contains("/recommendations/") && !line.contains("/backends/")) {
            boolean partnerIsThere = !broken.startsWith("recommendations");
            assertThat(sources).isNotEmpty().allMatch(s -> s.contains("fallback") != partnerIsThere);
        } else if (line.endsWith("/mesh")) {
            long open = IntStream.rangeClosed(1, 3)
                    .filter(i -> shop.breakerState("inventory-" + i).equals("OPEN"))
                    .count();
            assertThat(open).isEqualTo(broken.equals("inventory-2/fail") ? 1 : 3);
        }
    }

    /** What the lines so far have broken and not mended, such as {@code inventory-2/fail}. */
    private static String nowBroken(String line, String before) {
        int flip = line.indexOf("/backends/");
        if (flip < 0) {
            return before;
        }
        return line.contains("/mend")
                ? ""
                : line.substring(flip + "/backends/".length()).replace("\"", "");
    }

    /** The page tells to wait until inventory is back. */
    private static void waitForInventory(String broken) {
        if (!broken.startsWith("inventory")) {
            await().atMost(GENEROUS)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> !shop.stock("apple").source().equals("fallback"));
        }
    }

    private static boolean isInstalled(String program) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0;
    }

    private static String run(String line) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", line + " --fail --max-time 60")
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(line + "\n" + output).isZero();
        return output;
    }
}
