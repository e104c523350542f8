package io.mesh.sample.storefront;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import java.util.List;
import java.util.Objects;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/**
 * Client of a partner's recommendations. There is one address and nothing to choose from, so annotations guard the
 * method; their settings are in {@code mesh.circuit-breakers} and {@code mesh.retries}.
 */
@Component
class Recommendations {

    private final RestClient http;

    Recommendations(@Value("${shop.recommendations-url}") String url, RestClient.Builder http) {
        this.http = http.baseUrl(url).build();
    }

    @WithRetry("recommendations")
    @WithCircuitBreaker(value = "recommendations", fallback = "bestsellers")
    Recommended forItem(String item) {
        return Objects.requireNonNull(
                http.get().uri("/recommendations/{item}", item).retrieve().body(Recommended.class));
    }

    Recommended bestsellers(String item) {
        return new Recommended(item, List.of("apple"), "fallback");
    }

    /**
     * What else to buy.
     *
     * @param source who recommends it: the partner, or {@code fallback}
     */
    record Recommended(String item, List<String> recommended, String source) {}
}
