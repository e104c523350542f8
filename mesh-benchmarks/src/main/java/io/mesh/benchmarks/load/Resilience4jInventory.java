package io.mesh.benchmarks.load;

import io.github.resilience4j.circuitbreaker.annotation.CircuitBreaker;
import io.github.resilience4j.retry.annotation.Retry;
import java.util.Objects;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

/** As the manuals of Resilience4j and Spring Cloud say: annotations, and a client that is told to balance. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "storefront.client", havingValue = "resilience4j")
class Resilience4jInventory {

    @Bean
    @LoadBalanced
    RestClient.Builder balanced(RestClientBuilderConfigurer configurer) {
        return configurer.configure(RestClient.builder()); // the client that the others get
    }

    @Bean
    Guarded inventory(@LoadBalanced RestClient.Builder http) {
        return new Guarded(http.baseUrl("http://inventory").build());
    }

    static class Guarded implements Inventory {

        private final RestClient http;

        Guarded(RestClient http) {
            this.http = http;
        }

        @Override
        @CircuitBreaker(name = "inventory")
        @Retry(name = "inventory")
        public Stock stock(String item) {
            return Objects.requireNonNull(
                    http.get().uri("/stock/{item}", item).retrieve().body(Stock.class));
        }
    }
}
