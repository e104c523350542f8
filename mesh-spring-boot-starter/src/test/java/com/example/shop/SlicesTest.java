package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.mesh.proxy.Mesh;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.inject.MeshService;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.restclient.test.autoconfigure.RestClientTest;
import org.springframework.boot.webflux.test.autoconfigure.WebFluxTest;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

/** A slice loads but the auto-configurations it names; the starter names itself. */
class SlicesTest {

    @Nested
    @WebMvcTest(StockController.class)
    class WebMvc {

        @Test
        void aControllerHasItsProxies(@Autowired MockMvcTester mvc) {
            assertThat(mvc.get().uri("/stock")).hasStatusOk().hasBodyTextEqualTo("localhost:8081");
        }
    }

    @Nested
    @WebFluxTest(StockController.class)
    class WebFlux {

        @Test
        void aControllerHasItsProxies(@Autowired WebTestClient web) {
            web.get().uri("/stock").exchange().expectBody(String.class).isEqualTo("localhost:8081");
        }
    }

    @Nested
    @RestClientTest
    class RestClients {

        @Test
        void aClientHasItsProxies(@Autowired @MeshService("stock") ServiceProxy stock, @Autowired Mesh mesh) {
            assertThat(stock).isSameAs(mesh.service("stock"));
        }
    }
}
