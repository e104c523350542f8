package io.mesh.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A customer of a running shop, who can flip the switches of its backends, too. */
public final class ShopClient {

    private static final JsonMapper json = JsonMapper.shared();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final String base;

    public ShopClient(int port) {
        this.base = "http://localhost:" + port;
    }

    public Answer stock(String item) {
        return get("/stock/" + item);
    }

    public Answer order(String item, int quantity) {
        return post("/orders", "{\"item\": \"" + item + "\", \"quantity\": " + quantity + "}");
    }

    /** Flips a switch; the answer says how many requests the backend had got by then. */
    public JsonNode flip(String backend, String action) {
        Answer answer = post("/backends/" + backend + "/" + action, "");
        if (answer.status() != 200) {
            throw new IllegalStateException(backend + " did not " + action + ": " + answer);
        }
        return answer.json();
    }

    /** How many requests a backend has got. */
    public long requests(String backend) {
        return find(get("/backends").json(), "id", backend).get("requests").asLong();
    }

    /** One of the mesh's services. */
    public JsonNode service(String name) {
        return find(get("/mesh").json().get("services"), "name", name);
    }

    /** The circuit breaker of an instance, such as {@code payments-1} of the service payments. */
    public JsonNode breaker(String instance) {
        String service = instance.substring(0, instance.lastIndexOf('-'));
        return find(service(service).get("instances"), "id", instance).get("breaker");
    }

    public String breakerState(String instance) {
        return breaker(instance).get("state").asString();
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer post(String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(30));
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode find(JsonNode list, String key, String value) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(node -> node.get(key).asString().equals(value))
                .findAny()
                .orElseThrow(() -> new IllegalStateException("no " + key + " " + value + " in " + list));
    }

    /** What the shop sent back. */
    public record Answer(int status, String body) {

        public JsonNode json() {
            return json.readTree(body);
        }

        public String source() {
            return json().get("source").asString();
        }
    }
}
