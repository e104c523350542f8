package io.mesh.benchmarks;

import java.util.List;
import java.util.Objects;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.cache.DefaultLoadBalancerCacheManager;
import org.springframework.cloud.loadbalancer.cache.LoadBalancerCacheProperties;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.RandomLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.WeightedServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.SimpleObjectProvider;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The chains of Spring Cloud LoadBalancer. */
final class SpringBalancers {

    private SpringBalancers() {}

    /** A supplier whose list never changes: the least that can feed a load balancer. */
    static final class Fixed implements ServiceInstanceListSupplier {
        private final Flux<List<ServiceInstance>> instances;

        Fixed(int count) {
            instances = Flux.just(Peers.springInstances(count));
        }

        @Override
        public String getServiceId() {
            return "backend";
        }

        @Override
        public Flux<List<ServiceInstance>> get() {
            return instances;
        }
    }

    /** As the blocking client does. */
    static ServiceInstance pick(ReactiveLoadBalancer<ServiceInstance> balancer) {
        Response<ServiceInstance> response =
                Mono.from(balancer.choose(ReactiveLoadBalancer.REQUEST)).block();
        return Objects.requireNonNull(Objects.requireNonNull(response).getServer());
    }

    static ReactiveLoadBalancer<ServiceInstance> roundRobin(ServiceInstanceListSupplier supplier) {
        return new RoundRobinLoadBalancer(new SimpleObjectProvider<>(supplier), "backend");
    }

    static ReactiveLoadBalancer<ServiceInstance> random(ServiceInstanceListSupplier supplier) {
        return new RandomLoadBalancer(new SimpleObjectProvider<>(supplier), "backend");
    }

    /** The supplier chain that the framework builds when told nothing: the cache in front of discovery. */
    static ServiceInstanceListSupplier cached(ServiceInstanceListSupplier supplier) {
        return new CachingServiceInstanceListSupplier(
                supplier, new DefaultLoadBalancerCacheManager(new LoadBalancerCacheProperties()));
    }

    static ServiceInstanceListSupplier weighted(ServiceInstanceListSupplier supplier) {
        return new WeightedServiceInstanceListSupplier(supplier);
    }

    /** A Boot application with the starter and a discovery client: what a user of LoadBalancerClient gets. */
    static ConfigurableApplicationContext application(int count) {
        System.setProperty("mesh.benchmarks.instances", String.valueOf(count));
        return SpringApplication.run(App.class);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {
        @Bean
        DiscoveryClient fixedDiscoveryClient() {
            List<ServiceInstance> instances = Peers.springInstances(Integer.getInteger("mesh.benchmarks.instances"));
            return new DiscoveryClient() {
                @Override
                public String description() {
                    return "fixed";
                }

                @Override
                public List<ServiceInstance> getInstances(String serviceId) {
                    return instances;
                }

                @Override
                public List<String> getServices() {
                    return List.of("backend");
                }
            };
        }
    }
}
