package sinew.runtime.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sinew.engine.policy.Image;

@Timeout(20)
final class FrameSpoolTest {
    @TempDir
    private Path dir;

    @Test
    void keeps_order_and_content_through_memory_and_disk() throws Exception {
        Path file = dir.resolve("spill");
        try (FrameSpool spool = new FrameSpool(new FramePool(3), file)) {
            int in = 0;
            int out = 0;
            byte[] shared = new byte[2 * 4 * 3]; // as an environment does, one buffer for all
            for (int round = 0; round < 20; round++) {
                for (int i = 0; i < round % 7; i++) {
                    java.util.Arrays.fill(shared, (byte) in++);
                    spool.put(new Image(2, 4, shared));
                }
                for (int i = 0; i < round % 5 && out < in; i++) {
                    check(spool, out++);
                }
            }
            assertTrue(Files.exists(file), "more than three pictures at once must have gone to disk");
            spool.end();
            while (out < in) {
                check(spool, out++);
            }
            assertNull(spool.take());
        }
        assertFalse(Files.exists(file));
    }

    @Test
    void the_end_waits_until_the_disk_is_no_longer_needed() throws Exception {
        try (FrameSpool spool = new FrameSpool(new FramePool(1), dir.resolve("spill"))) {
            for (int i = 0; i < 3; i++) {
                spool.put(new Image(1, 1, new byte[] {(byte) i, 0, 0}));
            }
            spool.end();
            Thread encoder = Thread.ofPlatform().start(() -> {
                try {
                    Thread.sleep(50);
                    for (int i = 0; i < 3; i++) {
                        check(spool, i);
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            long began = System.nanoTime();
            spool.awaitInMemory();
            assertTrue(System.nanoTime() - began > 30_000_000, "did not wait");
            encoder.join();
        }
    }

    private static void check(FrameSpool spool, int expected) throws Exception {
        FrameSpool.Frame frame = spool.take();
        for (byte value : frame.rgb()) {
            if (frame.rgb().length > 3 || value != 0) {
                assertEquals((byte) expected, value);
            }
        }
        spool.recycle(frame);
    }
}
