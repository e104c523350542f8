package com.example.shop;

import io.mesh.model.ServiceInstance;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.inject.MeshService;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class StockController {

    private final ServiceProxy stock;

    StockController(@MeshService("stock") ServiceProxy stock) {
        this.stock = stock;
    }

    @GetMapping("/stock")
    String stock() {
        return stock.call(ServiceInstance::address);
    }
}
