package sinew.runtime.camera;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// A camera that is always looking: a thread of its own fetches pictures, and whoever wants one gets the newest.
/// A camera that vanishes, or delivers nothing any more, is closed and opened again until it is back; until then its
/// last picture grows old. Any thread may look; one at a time waits for nobody.
public final class Camera implements AutoCloseable {
    private static final int PATIENCE_MS = 200;
    private static final int GONE_AFTER_MS = 2000;
    private static final long OPENING_MS = 10_000;
    private static final long FIRST_REST_MS = 50;
    private static final long LONGEST_REST_MS = 1000;

    private final CameraSettings settings;
    private final Supplier<PictureSource> again; // opens the camera anew
    private final Thread thread;
    private final Object lock = new Object();
    private byte[] newest; // [height, width, 3], guarded by the lock
    private byte[] next; // the thread's own
    private long pictures;
    private long newestNanos;
    private long sequence;
    private long dropped;
    private String trouble; // null while all is well
    private long losses;
    private volatile PictureSource source; // the thread's own; null while it is gone
    private volatile String remarks = "";
    private volatile boolean running = true;

    /// What a look tells beside the picture.
    ///
    /// @param pictures how many there have been
    /// @param ageNanos of this one
    public record Look(long pictures, long ageNanos) {}

    private Camera(CameraSettings settings, PictureSource source, Supplier<PictureSource> again) {
        this.settings = settings;
        this.source = source;
        this.again = again;
        newest = new byte[settings.width() * settings.height() * 3];
        next = new byte[newest.length];
        thread = Thread.ofPlatform().daemon().name("camera " + settings.name()).unstarted(this::watch);
    }

    /// Opens a camera and waits until it delivers and its warm-up is over.
    ///
    /// @throws CameraException when it is not there, does not deliver, or is in use
    public static Camera open(CameraSettings settings) {
        Supplier<PictureSource> opener = () -> switch (settings.type()) {
            case V4L2 -> V4l2Source.open(settings, V4l2Calls.SYSTEM);
            case FILE -> FileSource.open(settings);
        };
        return start(settings, opener.get(), opener);
    }

    /// @param again opens the camera anew when it has vanished
    static Camera start(CameraSettings settings, PictureSource source, Supplier<PictureSource> again) {
        Camera camera = new Camera(settings, source, again);
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
        PictureSource open = source;
        return open == null ? remarks : open.remarks();
    }

    /// Pictures that the device took and nobody fetched.
    public long dropped() {
        synchronized (lock) {
            return dropped;
        }
    }

    /// How often the camera was gone and came back.
    public long losses() {
        synchronized (lock) {
            return losses;
        }
    }

    /// Copies the newest picture, without waiting. A camera that is gone has until its last picture is too old to come
    /// back.
    ///
    /// @param into        [height, width, 3]
    /// @param maxAgeNanos older than this is as bad as none
    /// @throws CameraException when the newest picture is older, because the camera is gone or frozen
    public Look look(byte[] into, long maxAgeNanos) {
        synchronized (lock) {
            long age = System.nanoTime() - newestNanos;
            if (age > maxAgeNanos) {
                throw new CameraException("camera " + settings.name() + " (" + settings.path() + ") "
                        + (trouble != null ? trouble + ", and its newest" : "is frozen: its newest") + " picture is "
                        + age / 1_000_000 + " ms old; check its cable, and whether several cameras share one USB controller");
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
        long rest = FIRST_REST_MS;
        while (running) {
            long before = pictures();
            String why = fetch();
            if (why != null) {
                trouble(why);
            }
            closeQuietly();
            if (pictures() == 0) {
                return; // whoever opens it is told
            }
            rest = pictures() > before ? FIRST_REST_MS : Math.min(2 * rest, LONGEST_REST_MS);
            rest(rest);
        }
    }

    /// Fetches pictures for as long as it can, and says why it can no more; null when the camera was closed.
    private String fetch() {
        Fitting fitting = new Fitting(settings.rotation(), settings.width(), settings.height());
        Picture picture = new Picture();
        try {
            int warmupMs = settings.warmupMs();
            if (source == null) {
                source = again.get();
                warmupMs = 0; // somebody waits: a picture too dark is better than none
            }
            long start = System.nanoTime();
            long last = start;
            while (running) {
                long now = System.nanoTime();
                if (source.next(picture, PATIENCE_MS)) {
                    last = now;
                    if ((now - start) / 1_000_000 >= warmupMs) {
                        fitting.fit(picture, next);
                        publish(picture);
                    }
                } else if (now - last > GONE_AFTER_MS * 1_000_000L) {
                    return "has delivered nothing for " + (now - last) / 1_000_000 + " ms";
                }
            }
            return null;
        } catch (IOException | RuntimeException e) {
            return "is gone: " + e.getMessage();
        }
    }

    private void closeQuietly() {
        PictureSource old = source;
        source = null;
        if (old != null) {
            remarks = old.remarks();
            old.close();
        }
    }

    private void rest(long ms) {
        long end = System.nanoTime() + ms * 1_000_000;
        for (long left = ms * 1_000_000; left > 0 && running; left = end - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, PATIENCE_MS * 1_000_000L));
        }
    }

    private long pictures() {
        synchronized (lock) {
            return pictures;
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
            losses += trouble == null ? 0 : 1;
            trouble = null;
            lock.notifyAll();
        }
    }

    private void trouble(String what) {
        synchronized (lock) {
            trouble = trouble == null ? what : trouble; // why it went matters more than why it does not come back
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
