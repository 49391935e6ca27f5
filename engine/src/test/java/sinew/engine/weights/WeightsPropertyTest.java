package sinew.engine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import sinew.kernels.WeightType;

/// Whatever is written comes back, and whatever is damaged is refused.
class WeightsPropertyTest {
    @Property(tries = 60)
    void metadataAndTensorsComeBack(
            @ForAll("metadata") Map<String, Object> metadata, @ForAll("tensors") List<TensorDeclaration> tensors,
            @ForAll long seed) throws IOException {
        Path path = Files.createTempFile("weights", ".gguf");
        try {
            List<byte[]> data = write(path, metadata, tensors, seed);
            try (WeightsFile file = WeightsFile.open(path)) {
                metadata.forEach((key, value) -> {
                    switch (value) {
                        case String s -> assertEquals(s, file.metadata().string(key));
                        case Integer i -> assertEquals(i,
                                file.metadata().integer(key, Integer.MIN_VALUE, Integer.MAX_VALUE));
                        case Boolean b -> assertEquals(b, file.metadata().bool(key));
                        case Double d -> assertEquals(d, file.metadata().number(key));
                        default -> assertEquals(value, file.metadata().strings(key));
                    }
                });
                assertEquals(tensors.size(), file.tensors().size());
                for (int i = 0; i < tensors.size(); i++) {
                    TensorInfo t = file.tensors().get(i);
                    assertEquals(tensors.get(i), new TensorDeclaration(t.name(), t.type(), t.shape()));
                    assertEquals(0, t.offset() % 64);
                    assertArrayEquals(data.get(i), file.data(t).toArray(ValueLayout.JAVA_BYTE));
                }
            }
        } finally {
            Files.deleteIfExists(path);
        }
    }

    @Property(tries = 300)
    void damageIsRefusedAndNothingElseIsThrown(
            @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 0, max = 700) Integer> places,
            @ForAll byte value, @ForAll @IntRange(min = 0, max = 900) int length) throws IOException {
        Path path = Files.createTempFile("weights", ".gguf");
        try {
            byte[] whole = Files.readAllBytes(WeightsFileTest.writeSample(path));
            byte[] bytes = java.util.Arrays.copyOf(whole, Math.min(whole.length, length + 200));
            for (int place : places) {
                bytes[place % bytes.length] = value;
            }
            Files.write(path, bytes);
            WeightsFile.open(path).close();
            assertArrayEquals(whole, bytes, "a damaged file was taken");
        } catch (WeightsFormatException e) {
            assertEquals(path, e.path());
        } finally {
            Files.deleteIfExists(path);
        }
    }

    private static List<byte[]> write(Path path, Map<String, Object> metadata, List<TensorDeclaration> tensors,
            long seed)
            throws IOException {
        Metadata.Builder builder = new Metadata.Builder();
        metadata.forEach((key, value) -> {
            switch (value) {
                case String s -> builder.put(key, s);
                case Integer i -> builder.put(key, i);
                case Boolean b -> builder.put(key, b);
                case Double d -> builder.put(key, d);
                default -> builder.putStrings(key, ((List<?>) value).stream().map(String.class::cast).toList());
            }
        });
        List<byte[]> data = new ArrayList<>();
        Random random = new Random(seed);
        try (WeightsWriter writer = WeightsWriter.create(path, builder.build(path), tensors)) {
            for (TensorDeclaration tensor : tensors) {
                byte[] bytes = new byte[(int) tensor.byteSize()];
                random.nextBytes(bytes);
                writer.write(tensor.name(), MemorySegment.ofArray(bytes));
                data.add(bytes);
            }
            writer.commit();
        }
        return data;
    }

    @Provide
    Arbitrary<Map<String, Object>> metadata() {
        Arbitrary<String> key = Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(20).map(k -> "test." + k);
        Arbitrary<Object> value = Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(50).filter(WeightsPropertyTest::isUnicode).map(s -> s),
                Arbitraries.integers().map(i -> i),
                Arbitraries.of(true, false).map(b -> b),
                Arbitraries.doubles().map(d -> d),
                Arbitraries.strings().alpha().ofMaxLength(5).list().ofMaxSize(5).map(l -> l));
        return Arbitraries.maps(key, value).ofMaxSize(10);
    }

    /// Lone surrogates have no UTF-8.
    private static boolean isUnicode(String text) {
        return java.nio.charset.StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    @Provide
    Arbitrary<List<TensorDeclaration>> tensors() {
        Arbitrary<Set<String>> names = Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(63).set().ofMaxSize(6);
        Arbitrary<List<Integer>> shape = Arbitraries.integers().between(1, 7).list().ofMinSize(1).ofMaxSize(4);
        return names.flatMap(set -> shape.list().ofSize(set.size()).map(shapes -> {
            List<TensorDeclaration> tensors = new ArrayList<>();
            for (String name : set) {
                int i = tensors.size();
                tensors.add(new TensorDeclaration(name, i % 2 == 0 ? WeightType.F32 : WeightType.BF16, shapes.get(i)));
            }
            return tensors;
        }));
    }
}
