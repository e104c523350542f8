package com.example.shop;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** An application as a user writes it. */
@SpringBootApplication
public class ShopApplication {

    public static void main(String[] arguments) {
        try (ConfigurableApplicationContext context = SpringApplication.run(ShopApplication.class, arguments)) {
            report(context.getBean(StockController.class).stock());
            report(context.getBean(Checkout.class).pay("7"));
        }
    }

    @SuppressWarnings("SystemOut") // read by the test that starts it
    private static void report(String answer) {
        System.out.println("answer: " + answer);
    }
}
