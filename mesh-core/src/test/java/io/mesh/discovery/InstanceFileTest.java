package io.mesh.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mesh.model.ServiceInstance;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InstanceFileTest {

    private static final String WHOLE = """
            {
              "instances": [
                "10.0.0.1:8080",
                {"id": "big", "host": "::1", "port": 8081, "weight": 3, "healthy": false,
                 "metadata": {"zone": "a", "note": "caf\\u00e9 \\"quoted\\" \\\\ \\/"}},
                {"host": "10.0.0.3", "port": 8082}
              ]
            }
            """;

    private static List<ServiceInstance> parse(String text) throws InstanceFileException {
        return InstanceFile.parse("orders.json", text);
    }

    @Test
    void aFileListsAddressesAndInstances() throws InstanceFileException {
        List<ServiceInstance> instances = parse(WHOLE);

        assertThat(instances)
                .containsExactly(
                        ServiceInstance.of("10.0.0.1:8080"),
                        new ServiceInstance(
                                "big", "::1", 8081, 3, false, 0, Map.of("zone", "a", "note", "café \"quoted\" \\ /")),
                        ServiceInstance.of("10.0.0.3:8082"));
        assertThat(instances).extracting(ServiceInstance::healthy).containsExactly(true, false, true);
    }

    @Test
    void aFileMaySayThatThereAreNoInstances() throws InstanceFileException {
        assertThat(parse("{\"instances\":[]}")).isEmpty();
        assertThat(parse(" {\r\n\t\"instances\" : [ ] } \n")).isEmpty();
    }

    @Test
    void anIdMayComeTwiceSinceTheLastOneCounts() throws InstanceFileException {
        assertThat(parse("{\"instances\": [\"a:1\", {\"id\": \"a:1\", \"host\": \"b\", \"port\": 2}]}"))
                .extracting(ServiceInstance::host)
                .containsExactly("a", "b");
    }

    @Test
    void noPartOfAFileThatIsStillBeingWrittenIsTakenForAList() {
        String whole = WHOLE.stripTrailing();

        for (int length = 0; length < whole.length(); length++) {
            String half = whole.substring(0, length);
            assertThatThrownBy(() -> parse(half)).as(half).isInstanceOf(InstanceFileException.class);
        }
    }

    static Stream<Arguments> refusals() {
        String example = "write it as \"10.0.0.1:8080\" or {\"host\": \"10.0.0.1\", \"port\": 8080}.";
        return Stream.of(
                refusal(
                        "",
                        "1, column 1: the file is empty; write {\"instances\": []} for a service without instances."),
                refusal("[]", "1, column 1: the file is a list; write {\"instances\": [...]}."),
                refusal("{}", "1, column 1: there is no key \"instances\"; write {\"instances\": [...]}."),
                refusal(
                        "{\"instances\": \"a:1\"}",
                        "1, column 15: instances is \"a:1\"; write a list in square brackets."),
                refusal(
                        "{\"instances\": [],\n \"instance\": 1}",
                        "2, column 14: there is an unknown key \"instance\"; use \"instances\"."),
                refusal(
                        "{\"instances\": [],\n \"instances\": []}",
                        "2, column 2: there is \"instances\" a second time; remove one of the two."),
                refusal(
                        "{\"instances\": [\"a:1\",]}",
                        "1, column 22: there is ']' where a value should be; remove the comma before it."),
                refusal(
                        "{\"instances\": [],}",
                        "1, column 18: there is '}' where a key should be; remove the comma before it."),
                refusal(
                        "{\"instances\": [\"a:1\" \"b:2\"]}",
                        "1, column 22: there is '\"' where a comma or ] should be; write a comma between two entries."),
                refusal(
                        "{\"instances\": [\"a:1\"",
                        "1, column 21: there is the end of the file where a comma or ] should be; complete the file."),
                refusal(
                        "{\"instances\": [\"a:1",
                        "1, column 16: a text that begins here has no end; close it with a double quote."),
                refusal(
                        "{'instances': []}",
                        "1, column 2: there is ''' where a key should be; write a key in double quotes."),
                refusal(
                        "# mine\n{\"instances\": []}",
                        "1, column 1: there is '#' where a value should be; JSON has no comments; remove it."),
                refusal("{\"instances\": []} x", "1, column 19: there is 'x' after the end; remove it."),
                refusal(
                        "{\"instances\" []}",
                        "1, column 14: there is '[' where a colon should be; write a colon after the key."),
                refusal(
                        "{\"instances\": [\"a\\x:1\"]}",
                        "1, column 18: there is a backslash that escapes nothing; write \\\\ for a backslash."),
                refusal(
                        "{\"instances\": [\"a\n:1\"]}",
                        "1, column 18: there is a control character inside of a text; write it as \\n, \\t or \\u0000."),
                refusal("{\"instances\": [8080]}", "1, column 16: an instance is 8080; " + example),
                refusal("{\"instances\": [null]}", "1, column 16: an instance is null; " + example),
                refusal("{\"instances\": [{\"port\": 1}]}", "1, column 16: the instance has no host; " + example),
                refusal("{\"instances\": [{\"host\": \"a\"}]}", "1, column 16: the instance has no port; " + example),
                refusal(
                        "{\"instances\": [\n  {\"host\": \"a\", \"port\": 1, \"wieght\": 2}]}",
                        "2, column 38: there is an unknown key \"wieght\"; an instance has id, host, port, weight, healthy"
                                + " and metadata."),
                refusal(
                        "{\"instances\": [{\"host\": \"a\", \"port\": 70000}]}",
                        "1, column 38: port is 70000; it must be between 1 and 65535."),
                refusal(
                        "{\"instances\": [{\"host\": \"a\", \"port\": \"80\"}]}",
                        "1, column 38: port is \"80\"; write a whole number without quotes."),
                refusal(
                        "{\"instances\": [{\"host\": \"a\", \"port\": 8e1}]}",
                        "1, column 38: port is 8e1; write a whole number below 2147483648."),
                refusal(
                        "{\"instances\": [{\"host\": \"a\", \"port\": 01}]}",
                        "1, column 38: there is a number that is none in JSON; write it as 8080, -1 or 0.5."),
                refusal(
                        "{\"instances\": [{\"host\": 1, \"port\": 1}]}",
                        "1, column 25: host is 1; write text in double quotes."),
                refusal(
                        "{\"instances\": [{\"host\": \"a\", \"port\": 1, \"healthy\": \"yes\"}]}",
                        "1, column 52: healthy is \"yes\"; write true or false without quotes."),
                refusal(
                        "{\"instances\": [{\"host\": \"a\", \"port\": 1, \"metadata\": {\"zone\": 1}}]}",
                        "1, column 62: metadata \"zone\" is 1; write text in double quotes."),
                refusal(
                        "{\"instances\": [\"a\"]}",
                        "1, column 16: address is a; it must be host:port, with an IPv6 host in brackets."));
    }

    private static Arguments refusal(String text, String sentence) {
        return Arguments.of(text, sentence);
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aFileIsRefusedWithFileLineColumnAndMend(String text, String sentence) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(InstanceFileException.class)
                .hasMessage("orders.json, line " + sentence);
    }

    @Test
    void aFileThatWasMadeToOverflowTheStackIsRefused() {
        String deep = "{\"instances\": " + "[".repeat(100_000);

        assertThatThrownBy(() -> parse(deep))
                .isInstanceOf(InstanceFileException.class)
                .hasMessageContaining("there are more than 32 levels");
    }
}
