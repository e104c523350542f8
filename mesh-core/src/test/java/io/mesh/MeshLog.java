package io.mesh;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What the mesh logs while this is open, instead of the console. */
public final class MeshLog extends Handler implements AutoCloseable {

    private final Logger logger = Logger.getLogger("io.mesh");
    private final Queue<LogRecord> entries = new ConcurrentLinkedQueue<>();

    public MeshLog() {
        logger.addHandler(this);
        logger.setUseParentHandlers(false);
    }

    public List<String> sentences() {
        return entries.stream().map(new SimpleFormatter()::formatMessage).toList();
    }

    /** What was thrown, in the order of the sentences. */
    public List<Throwable> thrown() {
        return entries.stream().map(LogRecord::getThrown).toList();
    }

    @Override
    public void publish(LogRecord entry) {
        entries.add(entry);
    }

    @Override
    public void flush() {
        // nothing is buffered
    }

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}
