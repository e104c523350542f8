package io.mesh.sample;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/** Customers who read the stock of apples as fast as they are answered, until closed. */
final class Customers implements AutoCloseable {

    private final Map<String, LongAdder> answersBySource = new ConcurrentHashMap<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<CompletableFuture<Void>> visits = new ArrayList<>();
    private volatile boolean leaving;

    Customers(int number, ShopClient shop) {
        for (int i = 0; i < number; i++) {
            visits.add(CompletableFuture.runAsync(() -> read(shop), threads));
        }
    }

    private void read(ShopClient shop) {
        while (!leaving) {
            try {
                ShopClient.Answer answer = shop.stock("apple");
                if (answer.status() == 200) {
                    answersBySource
                            .computeIfAbsent(answer.source(), source -> new LongAdder())
                            .increment();
                } else {
                    errors.add(answer.toString());
                }
            } catch (RuntimeException e) {
                errors.add(e.toString());
            }
        }
    }

    long answersFrom(String source) {
        LongAdder answers = answersBySource.get(source);
        return answers == null ? 0 : answers.sum();
    }

    long answers() {
        return answersBySource.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** What customers got that was no answer from an instance. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>(errors);
        if (answersFrom("fallback") > 0) {
            complaints.add(answersFrom("fallback") + " times the fallback");
        }
        return complaints;
    }

    @Override
    public void close() {
        leaving = true;
        visits.forEach(CompletableFuture::join);
        threads.shutdown();
    }
}
