/** The mesh without a framework: circuit breaking, retrying, load balancing and service proxying. */
module io.mesh.core {
    requires static org.jspecify;
    requires java.net.http;
    requires java.naming;

    exports io.mesh.annotation;
    exports io.mesh.circuitbreaker;
    exports io.mesh.discovery;
    exports io.mesh.event;
    exports io.mesh.health;
    exports io.mesh.limit;
    exports io.mesh.loadbalancer;
    exports io.mesh.model;
    exports io.mesh.policy;
    exports io.mesh.proxy;
    exports io.mesh.retry;
    exports io.mesh.time;
}
