package sinew.runtime.camera;

import java.io.IOException;

/// A camera that is always looking: a thread of its own fetches pictures, and whoever wants one gets the newest.
/// Any thread may look; one at a time waits for nobody.
public final class Camera implements AutoCloseable {
    private static final int PATIENCE_MS = 200;
    private static final int GONE_AFTER_MS = 2000;
    private static final long OPENING_MS = 10_000;

    private final CameraSettings settings;
    private final PictureSource source;
    private final Thread thread;
    private final Object lock = new Object();
    private byte[] newest; // [height, width, 3], guarded by the lock
    private byte[] next; // the thread's own
    private long pictures;
    private long newestNanos;
    private long sequence;
    private long dropped;
    private String trouble;
    private volatile boolean running = true;

    /// What a look tells beside the picture.
    ///
    /// @param pictures how many there have been
    /// @param ageNanos of this one
    public record Look(long pictures, long ageNanos) {}

    private Camera(CameraSettings settings, PictureSource source) {
        this.settings = settings;
        this.source = source;
        newest = new byte[settings.width() * settings.height() * 3];
        next = new byte[newest.length];
        thread = Thread.ofPlatform().daemon().name("camera " + settings.name()).unstarted(this::watch);
    }

    /// Opens a camera and waits until it delivers and its warm-up is over.
    ///
    /// @throws CameraException when it is not there, does not deliver, or is in use
    public static Camera open(CameraSettings settings) {
        PictureSource source = switch (settings.type()) {
            case V4L2 -> V4l2Source.open(settings, V4l2Calls.SYSTEM);
            case FILE -> FileSource.open(settings);
        };
        return start(settings, source);
    }

    static Camera start(CameraSettings settings, PictureSource source) {
        Camera camera = new Camera(settings, source);
        camera.thread.start();
        try {
            camera.awaitFirst();
            return camera;
        } catch (CameraException e) {
            camera.close();
            throw e;
        }
    }

    public CameraSettings settings() {
        return settings;
    }

    /// What the device does otherwise than asked; empty when nothing.
    public String remarks() {
        return source.remarks();
    }

    /// Pictures that the device took and nobody fetched.
    public long dropped() {
        synchronized (lock) {
            return dropped;
        }
    }

    /// Copies the newest picture, without waiting.
    ///
    /// @param into        [height, width, 3]
    /// @param maxAgeNanos older than this is as bad as none
    /// @throws CameraException when the camera is gone or frozen
    public Look look(byte[] into, long maxAgeNanos) {
        synchronized (lock) {
            long age = System.nanoTime() - newestNanos;
            if (trouble != null || age > maxAgeNanos) {
                throw new CameraException("camera " + settings.name() + " (" + settings.path() + ") "
                        + (trouble != null ? trouble : "is frozen: its newest picture is " + age / 1_000_000
                        + " ms old")
                        + "; check its cable, and whether several cameras share one USB controller");
            }
            System.arraycopy(newest, 0, into, 0, newest.length);
            return new Look(pictures, age);
        }
    }

    private void awaitFirst() {
        long deadline = System.nanoTime() + (settings.warmupMs() + OPENING_MS) * 1_000_000L;
        synchronized (lock) {
            while (pictures == 0 && trouble == null && System.nanoTime() < deadline) {
                try {
                    lock.wait(20);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new CameraException("camera " + settings.name() + ": interrupted while it warmed up");
                }
            }
            if (pictures == 0) {
                throw new CameraException("camera " + settings.name() + " (" + settings.path() + ") "
                        + (trouble == null ? "delivers nothing" : trouble));
            }
        }
    }

    private void watch() {
        Fitting fitting = new Fitting(settings.rotation(), settings.width(), settings.height());
        Picture picture = new Picture();
        long start = System.nanoTime();
        long last = start;
        try {
            while (running) {
                long now = System.nanoTime();
                if (!source.next(picture, PATIENCE_MS)) {
                    if (now - last > GONE_AFTER_MS * 1_000_000L) {
                        trouble("has delivered nothing for " + (now - last) / 1_000_000 + " ms");
                    }
                    continue;
                }
                last = now;
                if ((now - start) / 1_000_000 < settings.warmupMs()) {
                    continue;
                }
                fitting.fit(picture, next);
                publish(picture);
            }
        } catch (IOException | RuntimeException e) {
            trouble("is gone: " + e.getMessage());
        } finally {
            source.close();
        }
    }

    private void publish(Picture picture) {
        synchronized (lock) {
            byte[] old = newest;
            newest = next;
            next = old;
            dropped += pictures == 0 ? 0 : Math.max(0, picture.sequence - sequence - 1);
            sequence = picture.sequence;
            newestNanos = picture.nanos;
            pictures++;
            trouble = null;
            lock.notifyAll();
        }
    }

    private void trouble(String what) {
        synchronized (lock) {
            trouble = what;
            lock.notifyAll();
        }
    }

    @Override
    public void close() {
        running = false;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
