package io.mesh.benchmarks.load;

import com.sun.management.ThreadMXBean;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The application under load. {@code --storefront.client=} says what guards its calls. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({MeshInventory.class, Resilience4jInventory.class, BareInventory.class, Storefront.Api.class})
public class Storefront {

    static final String PORT = "port ";

    /** Says at which port it listens. */
    public static void main(String[] arguments) {
        ConfigurableApplicationContext context = SpringApplication.run(Storefront.class, arguments);
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        PrintStream out = System.out;
        out.println(PORT + port);
        out.flush();
    }

    @RestController
    static class Api {

        private final Inventory inventory;
        private final Map<Long, Long> allocatedBy = new ConcurrentHashMap<>();

        Api(Inventory inventory) {
            this.inventory = inventory;
        }

        @GetMapping("/stock/{item}")
        Inventory.Stock stock(@PathVariable String item) {
            return inventory.stock(item);
        }

        /** Bytes that threads have allocated so far, those that have ended since the last question as of then. */
        @GetMapping("/allocated")
        long allocated() {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long[] ids = threads.getAllThreadIds();
            long[] bytes = threads.getThreadAllocatedBytes(ids);
            for (int i = 0; i < ids.length; i++) {
                if (bytes[i] > 0) {
                    allocatedBy.put(ids[i], bytes[i]);
                }
            }
            return allocatedBy.values().stream().mapToLong(Long::longValue).sum();
        }
    }
}
