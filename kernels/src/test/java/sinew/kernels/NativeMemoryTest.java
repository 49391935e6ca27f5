package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeMemoryTest {
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 63, 4096, 4 << 20, (4 << 20) + 1, 33_333_333})
    void isNativeZeroedAlignedAndClosedWithItsArena(long bytes) {
        MemorySegment memory;
        try (Arena arena = Arena.ofShared()) {
            memory = NativeMemory.bytes(arena, bytes);
            assertEquals(bytes, memory.byteSize());
            assertTrue(memory.isNative());
            assertEquals(0, memory.address() % NativeMemory.ALIGNMENT);
            for (long at = 0; at < bytes; at += 511) {
                assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, at));
            }
            memory.fill((byte) 1);
        }
        assertThrows(IllegalStateException.class, () -> memory.asSlice(0, 0).fill((byte) 2));
    }

    @Test
    void largeMemoryIsGivenBack() throws IOException {
        Path statistics = Path.of("/proc/self/statm");
        Assumptions.assumeTrue(Files.isReadable(statistics), "only Linux tells how much memory is mapped");
        long before = mappedPages(statistics);
        for (int i = 0; i < 20; i++) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment memory = NativeMemory.bytes(arena, 1L << 30);
                memory.set(ValueLayout.JAVA_BYTE, (long) i << 20, (byte) 1);
            }
        }
        long grown = mappedPages(statistics) - before;
        assertTrue(grown < (5L << 30) / 4096, "mapped " + grown + " pages more than before");
    }

    private static long mappedPages(Path statistics) throws IOException {
        return Long.parseLong(Files.readString(statistics).split(" ")[0]);
    }

    @Test
    void holdsACopyOfFloats() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = NativeMemory.floats(arena, 1.5f, -2f);
            assertEquals(8, memory.byteSize());
            assertEquals(-2f, memory.getAtIndex(ValueLayout.JAVA_FLOAT, 1));
        }
    }
}
