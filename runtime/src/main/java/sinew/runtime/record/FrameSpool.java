package sinew.runtime.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import sinew.engine.policy.Image;

/// The pictures of one episode on their way from the control thread to the encoder, in order and without a gap:
/// in memory while the encoder keeps up, on disk when it falls behind.
final class FrameSpool implements AutoCloseable {
    /// A picture to encode. Give it back with [FrameSpool#recycle] before taking the next.
    record Frame(int height, int width, byte[] rgb, boolean pooled) {}

    private record Entry(int height, int width, byte[] rgb, long offset) {}

    private final FramePool pool;
    private final Path spillFile;
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private FileChannel spill;
    private long spillEnd;
    private int spilled; // entries that are on disk now
    private boolean ended;
    private byte[] scratch = {}; // the encoder's copy of a spilled picture

    FrameSpool(FramePool pool, Path spillFile) {
        this.pool = pool;
        this.spillFile = spillFile;
    }

    /// Control thread: copies the picture.
    ///
    /// @throws IOException when memory is full and the disk does not take it either
    void put(Image image) throws IOException {
        byte[] buffer = pool.tryAcquire(image.rgb().length);
        if (buffer != null) {
            System.arraycopy(image.rgb(), 0, buffer, 0, buffer.length);
        }
        synchronized (this) {
            long offset = buffer == null ? spill(image.rgb()) : -1;
            entries.add(new Entry(image.height(), image.width(), buffer, offset));
            notifyAll();
        }
    }

    /// Control thread: no more pictures follow.
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /// Control thread, after [#end]: waits until what is left fits in memory.
    synchronized void awaitInMemory() throws InterruptedException {
        while (spilled > 0) {
            wait();
        }
    }

    /// Encoder: the next picture, or null after the last.
    synchronized Frame take() throws InterruptedException, IOException {
        while (entries.isEmpty() && !ended) {
            wait();
        }
        Entry entry = entries.poll();
        if (entry == null) {
            return null;
        }
        if (entry.rgb != null) {
            return new Frame(entry.height, entry.width, entry.rgb, true);
        }
        byte[] rgb = unspill(entry);
        return new Frame(entry.height, entry.width, rgb, false);
    }

    void recycle(Frame frame) {
        if (frame.pooled) {
            pool.release(frame.rgb);
        }
    }

    /// Encoder: drops what is left and the file.
    @Override
    public synchronized void close() throws IOException {
        for (Entry entry : entries) {
            if (entry.rgb != null) {
                pool.release(entry.rgb);
            }
        }
        entries.clear();
        spilled = 0;
        notifyAll();
        if (spill != null) {
            spill.close();
            Files.deleteIfExists(spillFile);
        }
    }

    private long spill(byte[] rgb) throws IOException {
        if (spill == null) {
            spill = FileChannel.open(
                    spillFile,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
        }
        long at = spillEnd;
        ByteBuffer bytes = ByteBuffer.wrap(rgb);
        while (bytes.hasRemaining()) {
            spill.write(bytes, at + bytes.position());
        }
        spillEnd += rgb.length;
        spilled++;
        return at;
    }

    private byte[] unspill(Entry entry) throws IOException {
        int size = entry.height * entry.width * 3;
        if (scratch.length != size) {
            scratch = new byte[size];
        }
        ByteBuffer bytes = ByteBuffer.wrap(scratch);
        while (bytes.hasRemaining()) {
            if (spill.read(bytes, entry.offset + bytes.position()) < 0) {
                throw new IOException("the spill file " + spillFile + " became shorter");
            }
        }
        if (--spilled == 0) {
            spillEnd = 0; // start over in the same blocks
            notifyAll();
        }
        return scratch;
    }
}
