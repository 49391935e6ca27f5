package sinew.runtime.monitor;

import io.undertow.websockets.core.CloseMessage;
import io.undertow.websockets.core.WebSocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import sinew.engine.policy.Image;
import sinew.runtime.control.OperatorPanel;
import sinew.runtime.control.StepListener;
import sinew.runtime.control.StepRecord;

/// Carries the control loop's steps to the browsers that watch.
///
/// The control thread only copies the step into a mailbox of one place and returns: it never waits for a
/// browser, an encoder or a socket. The thread `monitor` takes the newest step from there, encodes its pictures
/// when somebody looks, and offers it to every browser; steps that it had no time for are seen in the plots
/// alone.
final class MonitorFeed implements StepListener, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(MonitorFeed.class.getName());
    private static final int MAX_WATCHERS = 16;
    private static final long TICK_MS = 200;
    /// Pictures should take a third of one core at most: after encoding, the encoder rests twice as long.
    private static final int REST = 2;
    private static final long LONGEST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long GOODBYE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    /// From IANA's registry of WebSocket close codes; Undertow has no name for it.
    private static final int TRY_AGAIN_LATER = 1013;

    private final OperatorPanel panel;
    private final ScheduledThreadPoolExecutor monitor;
    private final AtomicBoolean pumping = new AtomicBoolean();

    /// The control thread's own.
    private Snapshot filling = new Snapshot();
    private long steps;

    /// Guards what the two threads exchange: [#mailbox], [#fresh], [#history].
    private final Object exchange = new Object();
    private Snapshot mailbox = new Snapshot();
    private boolean fresh;
    private final History history = new History();

    /// The monitor thread's own.
    private final JpegEncoder jpeg = new JpegEncoder();
    private final List<Watcher> watchers = new ArrayList<>();
    private Snapshot shown = new Snapshot();
    private List<FrameMessage> frames = List.of();
    private long framesOf;
    private long rested = System.nanoTime();
    private long updates;

    MonitorFeed(OperatorPanel panel) {
        this.panel = panel;
        monitor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("monitor").daemon(true).factory());
        monitor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        monitor.scheduleWithFixedDelay(this::pump, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void onStep(StepRecord record) {
        filling.fill(++steps, record);
        synchronized (exchange) {
            Snapshot free = mailbox;
            mailbox = filling;
            filling = free;
            fresh = true;
            history.add(steps, record);
        }
        wake();
    }

    /// Where answers that need pictures are made.
    Executor monitorThread() {
        return monitor;
    }

    /// Lets the browsers know that something changed; from any thread.
    void wake() {
        if (pumping.compareAndSet(false, true)) {
            try {
                monitor.execute(this::pump);
            } catch (RejectedExecutionException e) {
                // Closed: nobody watches any more.
            }
        }
    }

    /// A browser opened the feed; called on an IO thread. Its picture follows at once.
    void join(WebSocketChannel channel) {
        Watcher watcher = new Watcher(channel, this::wake);
        channel.getReceiveSetter().set(watcher);
        channel.resumeReceives();
        try {
            monitor.execute(() -> admit(watcher));
        } catch (RejectedExecutionException e) {
            watcher.close(CloseMessage.GOING_AWAY, "the run is over");
        }
    }

    /// The body of `GET /api/obs`; on the monitor thread.
    byte[] obsJson() {
        takeNewest();
        return ObsJson.of(shown.record(), frames(), panel.status());
    }

    /// Shows the last step, says goodbye to the browsers and waits a moment for them to hear it.
    @Override
    public void close() {
        if (monitor.isShutdown()) {
            return;
        }
        monitor.execute(() -> {
            pump();
            watchers.forEach(watcher -> watcher.close(CloseMessage.GOING_AWAY, "the run is over"));
            long until = System.nanoTime() + GOODBYE_NANOS;
            while (!watchers.stream().allMatch(Watcher::closed) && System.nanoTime() < until) {
                LockSupport.parkNanos(GOODBYE_NANOS / 20);
            }
            jpeg.close();
        });
        monitor.shutdown();
        try {
            if (!monitor.awaitTermination(2, TimeUnit.SECONDS)) {
                monitor.shutdownNow();
            }
        } catch (InterruptedException e) {
            monitor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void admit(Watcher watcher) {
        if (watchers.size() < MAX_WATCHERS) {
            watchers.add(watcher);
            pump();
        } else {
            watcher.close(TRY_AGAIN_LATER, "too many browsers watch");
        }
    }

    private void pump() {
        pumping.set(false);
        try {
            watchers.removeIf(Watcher::gone);
            if (!watchers.isEmpty()) {
                takeNewest();
                offerToAll();
            }
        } catch (RuntimeException e) {
            // An exception would end the ticks, and with them the monitor, without a word.
            LOG.log(System.Logger.Level.WARNING, "the monitor could not show a step", e);
        }
    }

    private void offerToAll() {
        OperatorPanel.Status status = panel.status();
        long now = System.nanoTime();
        boolean newPictures = framesOf == shown.seq() || now - rested >= 0;
        long update = ++updates;
        // Browsers that keep up have all seen the same last step and share one text.
        Map<Long, byte[]> telemetry = new HashMap<>();
        for (Watcher watcher : watchers) {
            if (watcher.wants(shown.seq(), newPictures, status, now)) {
                byte[] text = telemetry.computeIfAbsent(watcher.seq(), seen -> telemetry(update, seen, status));
                List<FrameMessage> pictures = newPictures ? frames() : frames;
                watcher.send(update, text, shown.seq(), pictures, framesOf, status);
            }
        }
    }

    private byte[] telemetry(long update, long seen, OperatorPanel.Status status) {
        List<History.Point> points;
        synchronized (exchange) {
            points = history.between(seen, shown.seq());
        }
        return TelemetryJson.of(update, shown.record() == null ? null : shown, status, points);
    }

    private void takeNewest() {
        synchronized (exchange) {
            if (fresh) {
                Snapshot old = shown;
                shown = mailbox;
                mailbox = old;
                fresh = false;
            }
        }
    }

    /// The pictures of [#shown], encoded the first time that somebody wants them. Afterwards the encoder rests, as
    /// the policy needs the cores more.
    private List<FrameMessage> frames() {
        if (framesOf != shown.seq()) {
            long began = System.nanoTime();
            List<FrameMessage> encoded = new ArrayList<>();
            StepRecord record = shown.record();
            for (Map.Entry<String, Image> camera : record.observation().images().entrySet()) {
                encoded.add(FrameMessage.of(
                        camera.getKey(), camera.getValue(), shown.seq(), record.unixSeconds(), jpeg));
            }
            frames = encoded;
            framesOf = shown.seq();
            long ended = System.nanoTime();
            rested = ended + Math.min(REST * (ended - began), LONGEST_REST_NANOS);
        }
        return frames;
    }
}
