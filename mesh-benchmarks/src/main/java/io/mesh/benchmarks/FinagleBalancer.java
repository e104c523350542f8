package io.mesh.benchmarks;

import com.twitter.finagle.Address;
import com.twitter.finagle.NoBrokersAvailableException;
import com.twitter.finagle.Service;
import com.twitter.finagle.ServiceFactory;
import com.twitter.finagle.Stacks;
import com.twitter.finagle.loadbalancer.EndpointFactory;
import com.twitter.finagle.loadbalancer.LazyEndpointFactory;
import com.twitter.finagle.loadbalancer.LoadBalancerFactory;
import com.twitter.util.Activity;
import com.twitter.util.Await;
import com.twitter.util.Future;
import java.util.ArrayList;
import java.util.List;
import scala.collection.immutable.IndexedSeq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/** A balancer of Finagle over endpoints that do nothing, as in Finagle's own BalancerBench. */
final class FinagleBalancer {

    private final ServiceFactory<Integer, Integer> balancer;

    FinagleBalancer(LoadBalancerFactory factory, int count) {
        List<EndpointFactory<Integer, Integer>> endpoints = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ServiceFactory<Integer, Integer> endpoint = ServiceFactory.constant(new Nothing(i));
            endpoints.add(new LazyEndpointFactory<>(() -> endpoint, new Address.Failed(new Exception("a" + i))));
        }
        IndexedSeq<EndpointFactory<Integer, Integer>> vector =
                CollectionConverters.asScala(endpoints).toIndexedSeq();
        balancer = factory.newBalancer(
                Activity.value(vector), new NoBrokersAvailableException("backend"), Stacks.EMPTY_PARAMS);
    }

    /** Picks an endpoint, counts it as loaded, and gives it back. */
    Object acquireAndRelease() throws Exception {
        Service<Integer, Integer> service = Await.result(balancer.apply());
        Await.<BoxedUnit>result(service.close());
        return service;
    }

    /** Which endpoint it picked. */
    Object acquireAskAndRelease() {
        try {
            Service<Integer, Integer> service = Await.result(balancer.apply());
            Object index = Await.result(service.apply(0));
            Await.<BoxedUnit>result(service.close());
            return index;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static final class Nothing extends Service<Integer, Integer> {

        private final Future<Integer> answer;

        Nothing(int i) {
            answer = Future.value(i);
        }

        @Override
        public Future<Integer> apply(Integer request) {
            return answer;
        }
    }
}
