package io.mesh.health;

import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of hosts, waited for no longer than a check may take. The JDK's look-up knows no time limit, so it blocks
 * a thread of its own: one for each name that is looked up, however many checks ask for it.
 */
final class HostNames {

    private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    /** Needs no look-up. What merely resembles it, such as 999.1.1.1 or zz:1:2, the JDK looks up as it does a name. */
    private static final Pattern ADDRESS =
            Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}|(?=[^%]*:)[0-9A-Fa-f:][0-9A-Fa-f:.]*(?:%.+)?");

    private final Executor threads;
    private final Resolver resolver;
    private final Map<String, CompletableFuture<InetAddress>> underWay = new ConcurrentHashMap<>();

    /** Asks the name service of the system. */
    @FunctionalInterface
    interface Resolver {

        /** Blocks, for as long as the name service likes. */
        InetAddress find(String host) throws UnknownHostException;
    }

    HostNames(Executor threads, Resolver resolver) {
        this.threads = threads;
        this.resolver = resolver;
    }

    /** Its address, or null if that is not known in time. */
    @Nullable
    InetAddress address(String host, long mostNanos) throws UnknownHostException, InterruptedIOException {
        if (ADDRESS.matcher(host).matches()) {
            return resolver.find(host);
        }
        try {
            return underWay.computeIfAbsent(host, this::lookUp).get(mostNanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return null;
        } catch (ExecutionException failed) {
            UnknownHostException unknown = new UnknownHostException(host);
            unknown.initCause(failed.getCause());
            throw unknown;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private CompletableFuture<InetAddress> lookUp(String host) {
        CompletableFuture<InetAddress> answer = new CompletableFuture<>();
        threads.execute(() -> {
            InetAddress found = null;
            Throwable failure = null;
            try {
                found = resolver.find(host);
            } catch (Throwable failed) { // also of a user's own name service
                failure = failed;
            }
            underWay.remove(host); // before it is told, so that who asks again gets another answer
            if (failure == null) {
                answer.complete(found);
            } else {
                answer.completeExceptionally(failure);
            }
        });
        return answer;
    }
}
