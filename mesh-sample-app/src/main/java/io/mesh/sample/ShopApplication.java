package io.mesh.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * A small shop: the storefront calls the services inventory and payments through Mesh. Its start page says what
 * to try.
 *
 * <p>Unless {@code shop.embedded-backends} is false, the application starts these services itself, each instance an
 * HTTP server of its own that can be made to fail.
 */
@SpringBootApplication
public class ShopApplication {

    /** Made by Spring. */
    public ShopApplication() {}

    /**
     * Opens the shop.
     *
     * @param args Spring Boot's arguments, such as {@code --server.port=9090}
     */
    public static void main(String[] args) {
        SpringApplication.run(ShopApplication.class, args);
    }
}
