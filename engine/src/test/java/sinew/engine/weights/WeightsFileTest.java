package sinew.engine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.kernels.Panels;
import sinew.kernels.WeightType;

class WeightsFileTest {
    @TempDir
    Path folder;

    @Test
    void givesBackWhatWasWritten() throws IOException {
        Path path = writeSample(folder.resolve("a.gguf"));
        try (WeightsFile file = WeightsFile.open(path)) {
            Metadata m = file.metadata();
            assertEquals("sample", m.string("general.name"));
            assertEquals(-7, m.integer("sample.negative", -10, 10));
            assertEquals(1L << 40, m.integer("sample.large"));
            assertEquals(0.25, m.number("sample.number"));
            assertTrue(m.bool("sample.yes"));
            assertEquals(List.of("één", "two"), m.strings("sample.words"));
            assertEquals(List.of(3, 84, 112), m.integers("sample.shape", 1, 1000));
            assertArrayEquals(new double[] {1.5, -2.5}, m.numbers("sample.floats"));
            assertEquals(List.of(), m.strings("sample.none"));
            assertEquals(64, m.integer("general.alignment"));

            MemorySegment bias = file.scope().in("layer").vector("bias", 3);
            assertArrayEquals(new float[] {1, 2, 3}, bias.toArray(ValueLayout.JAVA_FLOAT));
            Panels panels = file.scope().in("layer").panels("weight", 20, 3);
            assertEquals(WeightType.BF16, panels.type());
            assertEquals(3, panels.depth());
            assertEquals(5, panels.memory().get(ValueLayout.JAVA_BYTE, 5));
            for (TensorInfo t : file.tensors()) {
                assertEquals(0, file.data(t).address() % 64, t.name());
                assertTrue(file.data(t).isNative());
            }
        }
    }

    @Test
    void weightsInMemoryAreThoseOfAFile() throws IOException {
        Path path = folder.resolve("nowhere.gguf");
        Metadata metadata = new Metadata.Builder().put("a", 7).build(path);
        List<TensorDeclaration> declared = List.of(
                new TensorDeclaration("x", WeightType.F32, List.of(3)),
                new TensorDeclaration("y", WeightType.F32, List.of(2, 17)));
        float[] large = new float[34];
        for (int i = 0; i < large.length; i++) {
            large[i] = i;
        }
        try (WeightsMemory memory = new WeightsMemory(path, metadata, declared);
                WeightsWriter writer = WeightsWriter.create(path, metadata, declared)) {
            for (WeightsSink sink : List.of(memory, writer)) {
                assertThrows(IllegalStateException.class, () -> sink.write("y", large), "out of order");
                assertThrows(IllegalArgumentException.class, () -> sink.write("x", new float[4]));
                sink.write("x", new float[] {1, 2, 3});
            }
            assertThrows(IllegalStateException.class, memory::finish, "y is missing");
            assertThrows(IllegalStateException.class, writer::finish, "y is missing");
            memory.write("y", large);
            writer.write("y", large);
            Path whole = writer.finish();
            assertFalse(Files.exists(path), "finished, but not yet in its place");
            try (WeightsFile file = memory.finish(); WeightsFile written = WeightsFile.open(whole)) {
                assertEquals(written.tensors(), file.tensors());
                assertEquals(written.byteSize(), file.byteSize());
                assertEquals(7, file.metadata().integer("a"));
                assertArrayEquals(large, file.scope().floats("y", 2, 17).toArray(ValueLayout.JAVA_FLOAT));
                assertEquals(0, file.data(file.find("y")).address() % 64);
            }
        }
        assertEquals(0, folder.toFile().list().length, "closed without commit");
    }

    /// Bytes written by hand from the GGUF specification, not by our own writer's logic.
    @Test
    void headerIsGgufToTheByte() throws IOException {
        Path path = folder.resolve("b.gguf");
        Metadata metadata = new Metadata.Builder().put("a", 7).build(path);
        try (WeightsWriter w = WeightsWriter.create(
                path, metadata, List.of(new TensorDeclaration("t", WeightType.F32, List.of(2, 3))))) {
            w.write("t", MemorySegment.ofArray(new byte[24]));
            w.commit();
        }
        ByteBuffer b = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals("GGUF", text(b, 4));
        assertEquals(3, b.getInt());
        assertEquals(1, b.getLong());
        assertEquals(4, b.getLong());
        assertEquals("a", text(b, (int) b.getLong()));
        assertEquals(4, b.getInt(), "uint32");
        assertEquals(7, b.getInt());
        for (String key : List.of("general.alignment", "sinew.checksum.data", "sinew.checksum.header")) {
            assertEquals(key, text(b, (int) b.getLong()));
            assertEquals(4, b.getInt(), "uint32");
            b.getInt();
        }
        assertEquals("t", text(b, (int) b.getLong()));
        assertEquals(2, b.getInt());
        assertEquals(3, b.getLong(), "fastest dimension first");
        assertEquals(2, b.getLong());
        assertEquals(0, b.getInt(), "F32");
        assertEquals(0, b.getLong(), "offset");
        assertEquals((b.position() + 63) / 64 * 64 + 64, b.limit());
    }

    @Test
    void aFileCutAnywhereIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(writeSample(folder.resolve("c.gguf")));
        Path cut = folder.resolve("cut.gguf");
        for (int n = 0; n < whole.length; n++) {
            Files.write(cut, Arrays.copyOf(whole, n));
            int length = n;
            assertThrows(WeightsFormatException.class, () -> WeightsFile.open(cut).close(), () -> "cut at " + length);
            assertThrows(WeightsFormatException.class, () -> WeightsFile.openHeader(cut).close());
        }
    }

    @Test
    void aFlippedByteAnywhereIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(writeSample(folder.resolve("d.gguf")));
        Path flipped = folder.resolve("flipped.gguf");
        for (int at = 0; at < whole.length; at++) {
            for (int mask : new int[] {1, 0x20, 0x80, 0xFF}) {
                byte[] bytes = whole.clone();
                bytes[at] ^= (byte) mask;
                Files.write(flipped, bytes);
                int place = at;
                assertThrows(WeightsFormatException.class, () -> WeightsFile.open(flipped).close(),
                        () -> "flipped " + mask + " at " + place);
            }
        }
    }

    @Test
    void somethingBehindTheDataIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(writeSample(folder.resolve("e.gguf")));
        Path longer = folder.resolve("longer.gguf");
        Files.write(longer, Arrays.copyOf(whole, whole.length + 1));
        String message = assertThrows(WeightsFormatException.class, () -> WeightsFile.open(longer)).getMessage();
        assertTrue(message.contains("1 bytes more"), message);
    }

    @Test
    void anotherKindOfFileIsNamed() throws IOException {
        Path text = folder.resolve("notes.txt");
        Files.writeString(text, "these are not the weights");
        WeightsFormatException e = assertThrows(WeightsFormatException.class, () -> WeightsFile.open(text));
        assertTrue(e.getMessage().contains("notes.txt") && e.getMessage().contains("not a GGUF file"), e.getMessage());
        assertEquals(0, e.offset());
        assertThrows(WeightsFormatException.class, () -> WeightsFile.open(folder));
        assertThrows(NoSuchFileException.class, () -> WeightsFile.open(folder.resolve("absent.gguf")));
    }

    @Test
    void allProblemsOfAScopeComeTogether() throws IOException {
        Path path = writeSample(folder.resolve("f.gguf"));
        try (WeightsFile file = WeightsFile.open(path)) {
            WeightScope scope = file.scope();
            WeightScope layer = scope.in("layer");
            assertNull(layer.optionalVector("gain", 3));
            Panels misshapen = layer.panels("weight", 20, 5);
            MemorySegment missing = layer.in("norm").vector("gain", 3);
            layer.vector("weight", 3);
            layer.tapPanels("huge", 1 << 30, 1 << 30, 1 << 30);
            assertEquals(12, missing.byteSize());
            assertThrows(IllegalStateException.class, () -> missing.get(ValueLayout.JAVA_FLOAT, 0));
            assertThrows(IllegalStateException.class, () -> misshapen.memory().get(ValueLayout.JAVA_FLOAT, 0));
            String message = assertThrows(WeightsFormatException.class, scope::requireComplete).getMessage();
            assertTrue(message.contains("4 problems"), message);
            assertTrue(message.contains("layer.weight: has shape [2, 2, 32], expected [2, 3, 32]"), message);
            assertTrue(message.contains("layer.norm.gain: missing, expected shape [3]"), message);
        }
    }

    @Test
    void aFailedWriteLeavesNothingBehind() throws IOException {
        Path path = folder.resolve("g.gguf");
        List<TensorDeclaration> tensors = List.of(
                new TensorDeclaration("a", WeightType.F32, List.of(1)),
                new TensorDeclaration("b", WeightType.F32, List.of(1)));
        Metadata metadata = new Metadata.Builder().build(path);
        assertThrows(IllegalStateException.class, () -> {
            try (WeightsWriter w = WeightsWriter.create(path, metadata, tensors)) {
                w.write("a", MemorySegment.ofArray(new byte[4]));
                w.write("a", MemorySegment.ofArray(new byte[4]));
            }
        });
        assertThrows(IllegalStateException.class, () -> {
            try (WeightsWriter w = WeightsWriter.create(path, metadata, tensors)) {
                w.commit();
            }
        });
        assertThrows(IllegalArgumentException.class, () -> {
            try (WeightsWriter w = WeightsWriter.create(path, metadata, tensors)) {
                w.write("a", MemorySegment.ofArray(new byte[8]));
            }
        });
        try (var left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void namesThatOtherProgramsCannotReadAreRefused() {
        Path path = folder.resolve("h.gguf");
        Metadata metadata = new Metadata.Builder().build(path);
        String name = "n".repeat(64);
        List<TensorDeclaration> tensors = List.of(new TensorDeclaration(name, WeightType.F32, List.of(1)));
        assertThrows(IllegalArgumentException.class, () -> WeightsWriter.create(path, metadata, tensors));
        assertFalse(Files.exists(path));
    }

    @Test
    void metadataErrorsNameFileAndKey() throws IOException {
        Path path = writeSample(folder.resolve("i.gguf"));
        try (WeightsFile file = WeightsFile.openHeader(path)) {
            Metadata m = file.metadata();
            String missing = assertThrows(WeightsFormatException.class, () -> m.string("nope")).getMessage();
            assertTrue(missing.contains("i.gguf") && missing.contains("nope"), missing);
            for (Runnable wrong : List.<Runnable>of(
                    () -> m.string("sample.yes"),
                    () -> m.bool("general.name"),
                    () -> m.integer("sample.negative", 0, 10),
                    () -> m.integer("sample.number"),
                    () -> m.number("sample.negative"),
                    () -> m.strings("general.name"),
                    () -> m.strings("sample.shape"),
                    () -> m.integers("sample.words", 0, 1),
                    () -> m.integers("sample.shape", 0, 10),
                    () -> m.numbers("sample.shape"))) {
                assertThrows(WeightsFormatException.class, wrong::run);
            }
        }
    }

    static Path writeSample(Path path) throws IOException {
        Metadata metadata = new Metadata.Builder()
                .put("general.architecture", "sample")
                .put("general.name", "sample")
                .put("sample.negative", -7)
                .put("sample.large", 1L << 40)
                .put("sample.number", 0.25)
                .put("sample.yes", true)
                .putStrings("sample.words", List.of("één", "two"))
                .putStrings("sample.none", List.of())
                .putIntegers("sample.shape", List.of(3, 84, 112))
                .putFloats("sample.floats", new float[] {1.5f, -2.5f})
                .build(path);
        List<TensorDeclaration> tensors = List.of(
                new TensorDeclaration("layer.weight", WeightType.BF16, List.of(2, 2, 32)),
                new TensorDeclaration("layer.bias", WeightType.F32, List.of(3)));
        byte[] weight = new byte[256];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (byte) i;
        }
        try (WeightsWriter w = WeightsWriter.create(path, metadata, tensors)) {
            w.write("layer.weight", MemorySegment.ofArray(weight));
            w.write("layer.bias", new float[] {1, 2, 3});
            w.commit();
        }
        return path;
    }

    private static String text(ByteBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
