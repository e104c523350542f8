package com.example.shop;

import io.mesh.annotation.WithCircuitBreaker;
import io.mesh.annotation.WithRetry;
import org.springframework.stereotype.Component;

@Component
class Checkout {

    private int calls;

    @WithRetry(value = "payments", fallback = "later")
    @WithCircuitBreaker("payments")
    public String pay(String order) {
        calls++;
        throw new IllegalStateException("refused");
    }

    @SuppressWarnings("UnusedMethod") // called by its name
    private String later(String order, IllegalStateException failure) {
        return order + " " + failure.getMessage() + " " + calls + " times";
    }
}
