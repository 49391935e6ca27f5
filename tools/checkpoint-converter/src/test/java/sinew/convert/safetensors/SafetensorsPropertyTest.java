package sinew.convert.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/// Whatever is written comes back; whatever is read either fits or is refused by our exception.
class SafetensorsPropertyTest {
    @Property(tries = 100)
    void tensorsComeBack(@ForAll("tensors") Map<String, byte[]> tensors, @ForAll("types") List<Dtype> types)
            throws IOException {
        Path path = Files.createTempFile("property", ".safetensors");
        try {
            SafetensorsWriter writer = new SafetensorsWriter();
            int i = 0;
            for (Map.Entry<String, byte[]> e : tensors.entrySet()) {
                Dtype type = types.get(i++ % types.size());
                writer.bytes(e.getKey(), type, e.getValue(), e.getValue().length / type.bytes());
            }
            writer.write(path);
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                assertEquals(tensors.size(), file.tensors().size());
                tensors.forEach((name, bytes) -> assertArrayEquals(bytes, file.bytes(name), name));
            }
        } finally {
            Files.delete(path);
        }
    }

    @Property(tries = 500)
    void damageIsReadOrRefused(@ForAll @Size(min = 1, max = 3) List<@IntRange(min = 0, max = 200) Integer> places,
            @ForAll byte value) throws IOException {
        Path path = Files.createTempFile("property", ".safetensors");
        try {
            new SafetensorsWriter().metadata("format", "pt").floats("a", new float[6], 2, 3)
                    .longs("b", new long[2], 2).write(path);
            byte[] bytes = Files.readAllBytes(path);
            for (int place : places) {
                bytes[place % bytes.length] = value;
            }
            Files.write(path, bytes);
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                for (SafetensorsTensor t : file.tensors()) {
                    assertEquals(t.byteSize(), file.bytes(t.name()).length);
                }
            } catch (SafetensorsException e) {
                assertEquals(true, e.getMessage().contains(path.toString()));
            }
        } finally {
            Files.delete(path);
        }
    }

    @Provide
    Arbitrary<Map<String, byte[]>> tensors() {
        Arbitrary<byte[]> bytes = Arbitraries.integers().between(0, 6).map(n -> {
            byte[] b = new byte[8 * n];
            for (int i = 0; i < b.length; i++) {
                b[i] = (byte) (i * 37 + n);
            }
            return b;
        });
        Arbitrary<String> names =
                Arbitraries.strings().ofMinLength(1).ofMaxLength(12).filter(SafetensorsPropertyTest::usable);
        return Arbitraries.maps(names, bytes).ofMaxSize(6);
    }

    /// Lone surrogates have no UTF-8, and one name is the metadata's.
    private static boolean usable(String name) {
        return java.nio.charset.StandardCharsets.UTF_8.newEncoder().canEncode(name) && !name.equals("__metadata__");
    }

    @Provide
    Arbitrary<List<Dtype>> types() {
        return Arbitraries.of(Dtype.values()).list().ofMinSize(1).ofMaxSize(4);
    }
}
