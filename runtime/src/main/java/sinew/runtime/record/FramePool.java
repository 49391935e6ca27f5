package sinew.runtime.record;

import java.util.ArrayDeque;

/// A bounded number of picture buffers, shared by the control thread that fills them and the encoder that
/// returns them. Thread-safe.
final class FramePool {
    private final int capacity;
    private final ArrayDeque<byte[]> free = new ArrayDeque<>();
    private int handedOut;

    FramePool(int capacity) {
        this.capacity = capacity;
    }

    /// A buffer of exactly `size` bytes, or null when all are in use.
    synchronized byte[] tryAcquire(int size) {
        if (handedOut == capacity) {
            return null;
        }
        handedOut++;
        byte[] buffer = free.pollFirst();
        return buffer != null && buffer.length == size ? buffer : new byte[size];
    }

    synchronized void release(byte[] buffer) {
        handedOut--;
        free.addFirst(buffer);
    }
}
