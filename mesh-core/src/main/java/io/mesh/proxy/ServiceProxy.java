package io.mesh.proxy;

import io.mesh.circuitbreaker.CircuitBreaker;
import io.mesh.loadbalancer.Endpoint;
import io.mesh.loadbalancer.LoadBalancer;
import io.mesh.model.CallOptions;
import io.mesh.model.ServiceInstance;
import io.mesh.model.ServiceSnapshot;
import io.mesh.policy.CheckedConsumer;
import io.mesh.policy.CheckedFunction;
import io.mesh.policy.InterruptibleFunction;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Calls one service: picks an instance, passes its circuit breaker, runs the work with it, and makes a failed
 * call again where the service's settings and the {@link CallOptions} allow it.
 *
 * <p>What the work throws reaches the caller as it was thrown. Instances whose breaker is open are passed
 * over; if a call finds none that takes it, it is rejected with a
 * {@link io.mesh.model.CircuitOpenException} (only breakers stand in the way) or a
 * {@link io.mesh.model.NoHealthyInstanceException}.
 *
 * <p>With {@link io.mesh.model.RetryConfig#attemptTimeout()} an attempt that takes longer, or longer than what is left of
 * {@link CallOptions#timeout()}, fails with {@link io.mesh.model.CallTimeoutException}: see
 * {@link io.mesh.policy.Timeout}.
 *
 * <p>With {@link io.mesh.model.ServiceConfig#hedge()} a call that may be made twice, and takes long, is made a second time
 * on another instance while the first is under way: asynchronous calls always, blocking ones (but for {@link #exchange}) if
 * there is a {@link MeshBuilder#hedgeExecutor}. The same work then runs on two threads at once, so what it shares must be
 * thread-safe, and on that of a hedge there are none of the caller's thread-locals: no transaction, no security context, no
 * MDC.
 *
 * <p>Without retry settings a call is made again only if it surely was not sent: the work threw a
 * {@code ConnectException}, {@code UnknownHostException} or {@code NoRouteToHostException}, or has one among
 * its causes. It then goes at once to another instance, at most twice. Work that opens connections in the
 * middle should say {@code CallOptions.idempotent(false)}.
 *
 * <p>Whatever is made again is paid for by the service's {@linkplain io.mesh.model.RetryBudgetConfig budget}, one
 * for all its calls, so that retries cannot multiply the load of a service that is failing.
 *
 * <p>Thread-safe. The same object serves a name for the life of its {@link Mesh}, over every reconfiguration.
 * After the mesh is closed, or while the service is removed, calls throw {@code IllegalStateException}.
 */
public final class ServiceProxy {

    private final String name;
    private final Mesh mesh;
    private volatile @Nullable Service service;

    ServiceProxy(String name, Mesh mesh) {
        this.name = name;
        this.mesh = mesh;
    }

    /** {@return the name of the service} */
    public String name() {
        return name;
    }

    /**
     * Calls the service.
     *
     * @param <T> the result
     * @param <E> what the work may throw
     * @param work the call of one instance; may be run more than once, on another instance while one is left, and if it is
     *     hedged on another thread while it still runs on this one
     * @return what the work returned
     * @throws E what the work threw
     * @throws io.mesh.model.RejectedCallException if no instance takes the call
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public <T extends @Nullable Object, E extends Throwable> T call(
            CheckedFunction<? super ServiceInstance, ? extends T, ? extends E> work) throws E {
        return SyncCall.<T, E>run(service(), CallOptions.defaults(), work);
    }

    /**
     * Calls the service.
     *
     * @param <T> the result
     * @param <E> what the work may throw
     * @param options what is known about this call
     * @param work the call of one instance; may be run more than once, on another instance while one is left, and if it is
     *     hedged on another thread while it still runs on this one
     * @return what the work returned
     * @throws E what the work threw
     * @throws io.mesh.model.RejectedCallException if no instance takes the call
     * @throws IllegalArgumentException if the options name a subset that there is not; the message lists those there are
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public <T extends @Nullable Object, E extends Throwable> T call(
            CallOptions options, CheckedFunction<? super ServiceInstance, ? extends T, ? extends E> work) throws E {
        return SyncCall.<T, E>run(service(), options, work);
    }

    /**
     * Calls the service with work that can be interrupted.
     *
     * @param <T> the result
     * @param <E> what the work may throw besides {@code InterruptedException}
     * @param work the call of one instance; may be run more than once, on another instance while one is left, and if it is
     *     hedged on another thread while it still runs on this one
     * @return what the work returned
     * @throws E what the work threw
     * @throws InterruptedException what the work threw
     * @throws io.mesh.model.RejectedCallException if no instance takes the call
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public <T extends @Nullable Object, E extends Throwable> T callInterruptibly(
            InterruptibleFunction<? super ServiceInstance, ? extends T, ? extends E> work)
            throws E, InterruptedException {
        return this.<T, E>callInterruptibly(CallOptions.defaults(), work);
    }

    /**
     * Calls the service with work that can be interrupted.
     *
     * @param <T> the result
     * @param <E> what the work may throw besides {@code InterruptedException}
     * @param options what is known about this call
     * @param work the call of one instance; may be run more than once, on another instance while one is left, and if it is
     *     hedged on another thread while it still runs on this one
     * @return what the work returned
     * @throws E what the work threw
     * @throws InterruptedException what the work threw
     * @throws io.mesh.model.RejectedCallException if no instance takes the call
     * @throws IllegalArgumentException if the options name a subset that there is not; the message lists those there are
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    @SuppressWarnings("unchecked") // what the work throws is E or InterruptedException, both declared here
    public <T extends @Nullable Object, E extends Throwable> T callInterruptibly(
            CallOptions options, InterruptibleFunction<? super ServiceInstance, ? extends T, ? extends E> work)
            throws E, InterruptedException {
        return this.<T, E>call(options, (CheckedFunction<? super ServiceInstance, ? extends T, ? extends E>)
                (CheckedFunction<?, ?, ?>) work);
    }

    /**
     * Calls the service with work that has no result.
     *
     * @param <E> what the work may throw
     * @param work the call of one instance; may be run more than once, on another instance while one is left, and if it is
     *     hedged on another thread while it still runs on this one
     * @throws E what the work threw
     * @throws io.mesh.model.RejectedCallException if no instance takes the call
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public <E extends Throwable> void run(CheckedConsumer<? super ServiceInstance, ? extends E> work) throws E {
        this.<E>run(CallOptions.defaults(), work);
    }

    /**
     * Calls the service with work that has no result.
     *
     * @param <E> what the work may throw
     * @param options what is known about this call
     * @param work the call of one instance; may be run more than once, on another instance while one is left, and if it is
     *     hedged on another thread while it still runs on this one
     * @throws E what the work threw
     * @throws io.mesh.model.RejectedCallException if no instance takes the call
     * @throws IllegalArgumentException if the options name a subset that there is not; the message lists those there are
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public <E extends Throwable> void run(
            CallOptions options, CheckedConsumer<? super ServiceInstance, ? extends E> work) throws E {
        this.<@Nullable Object, E>call(options, instance -> {
            work.accept(instance);
            return null;
        });
    }

    /**
     * Calls the service with work whose result comes later. Never throws and always ends: what goes wrong
     * comes through the future.
     *
     * <p>Cancelling the returned future (not what {@code thenApply} makes of it) cancels the attempt under way
     * and those to come. It fails with the work's own exception, without {@code CompletionException} or
     * {@code ExecutionException} around it. No thread waits between attempts.
     *
     * @param <T> the result
     * @param work starts the call of one instance; may be run more than once, on another instance while one is left
     * @return the result to come
     */
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CheckedFunction<? super ServiceInstance, ? extends CompletionStage<? extends T>, ?> work) {
        return this.<T>callAsync(CallOptions.defaults(), work);
    }

    /**
     * Calls the service with work whose result comes later, as {@link #callAsync(CheckedFunction)}.
     *
     * @param <T> the result
     * @param options what is known about this call
     * @param work starts the call of one instance; may be run more than once, on another instance while one is left
     * @return the result to come
     */
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            CallOptions options,
            CheckedFunction<? super ServiceInstance, ? extends CompletionStage<? extends T>, ?> work) {
        Service current = service;
        return current == null ? CompletableFuture.failedFuture(unusable()) : AsyncCall.<T>run(current, options, work);
    }

    /**
     * Calls the service for an integration that owns the request: it is given the attempt, may keep the
     * connection counted until the response is read, and says itself whether a request was sent.
     *
     * @param <T> the result
     * @param <E> what the work may throw
     * @param options what is known about this call
     * @param work one attempt; may be run more than once, on another instance while one is left
     * @return what the work returned
     * @throws E what the work threw
     * @throws io.mesh.model.RejectedCallException if no instance takes the call
     * @throws IllegalArgumentException if the options name a subset that there is not; the message lists those there are
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public <T extends @Nullable Object, E extends Throwable> T exchange(
            CallOptions options, CheckedFunction<? super Attempt, ? extends T, ? extends E> work) throws E {
        return SyncCall.<Attempt, T, E>run(service(), options, CallShape.ATTEMPT, work);
    }

    /**
     * The balancer of the service, to add, drain, mark or look at instances while calls run. What is changed
     * there stays until a reconfiguration brings another list of instances.
     *
     * @return the balancer
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public LoadBalancer loadBalancer() {
        return service().balancer();
    }

    /**
     * The circuit breaker of one instance, to look at or to steer by hand.
     *
     * @param instanceId identity of the instance
     * @return its breaker; not asked while the service has one breaker for all instances
     * @throws IllegalArgumentException if there is no such instance; the message lists those there are
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public CircuitBreaker circuitBreaker(String instanceId) {
        LoadBalancer balancer = service().balancer();
        Endpoint endpoint = balancer.endpoint(instanceId);
        if (endpoint == null) {
            throw new IllegalArgumentException("Service '" + name + "' has no instance '" + instanceId + "'; it has "
                    + balancer.endpoints().stream().map(Endpoint::id).toList() + ".");
        }
        return Service.guard(endpoint).breaker();
    }

    /**
     * The circuit breaker of the whole service, asked while its scope is
     * {@link io.mesh.model.BreakerScope#SERVICE}.
     *
     * @return the breaker
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public CircuitBreaker circuitBreaker() {
        return service().breaker();
    }

    /**
     * What the service looks like now. Reading changes nothing.
     *
     * @return instances, breakers and counts
     * @throws IllegalStateException if the mesh is closed or the service has been removed
     */
    public ServiceSnapshot snapshot() {
        return service().snapshot();
    }

    private Service service() {
        Service current = service;
        if (current == null) {
            throw unusable();
        }
        return current;
    }

    private IllegalStateException unusable() {
        return new IllegalStateException(
                mesh.isClosed()
                        ? "Mesh '" + mesh.name() + "' is closed: service '" + name + "' takes no new calls."
                        : "Service '" + name + "' has been removed from mesh '" + mesh.name()
                                + "' by a reconfiguration; it takes calls again when it is added again.");
    }

    /** What calls go to from now on; null while the service is removed or the mesh closed. */
    void serve(@Nullable Service newService) {
        Service before = service;
        service = newService;
        if (before != null) {
            before.close();
        }
    }

    @Nullable
    Service served() {
        return service;
    }
}
