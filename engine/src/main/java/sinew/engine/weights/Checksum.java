package sinew.engine.weights;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/// CRC-32C: it finds every single flipped byte, at the speed of memory.
final class Checksum {
    private static final long CHUNK_BYTES = 1 << 28;

    private final CRC32C crc = new CRC32C();

    static int of(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    void update(MemorySegment segment) {
        for (long at = 0; at < segment.byteSize(); at += CHUNK_BYTES) {
            crc.update(segment.asSlice(at, Math.min(CHUNK_BYTES, segment.byteSize() - at)).asByteBuffer());
        }
    }

    void update(byte[] bytes, int length) {
        crc.update(bytes, 0, length);
    }

    int value() {
        return (int) crc.getValue();
    }
}
