package sinew.runtime.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class WireProperties {
    private static final List<String> DTYPES =
            List.of("<f2", "<f4", "<f8", ">f4", ">f8", "|i1", "<i2", ">i4", "<i8", "|u1", "<u2", "<u4", "<u8", "|b1",
            "<U3", "|S5");

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void whatWasEncodedIsDecoded(@ForAll("values") Object value) {
        byte[] bytes = Wire.encode(value);
        assertEquals(value, Wire.decode(bytes));
        assertArrayEquals(bytes, Wire.encode(Wire.decode(bytes)));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void aMessageCutAnywhereIsAProtocolError(@ForAll("values") Object value, @ForAll double where) {
        byte[] bytes = Wire.encode(value);
        int cut = (int) (Math.abs(where) % bytes.length);
        try {
            Wire.decode(bytes, 0, cut);
            throw new AssertionError("decoded " + cut + " of " + bytes.length + " bytes");
        } catch (ProtocolException e) {
            assertEquals(true, e.offset() <= cut);
        }
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void flippedBytesNeverBreakTheReader(@ForAll("values") Object value, @ForAll List<Integer> flips) {
        byte[] bytes = Wire.encode(value);
        for (int flip : flips) {
            bytes[Math.floorMod(flip, bytes.length)] ^= (byte) (flip >> 8 | 1);
        }
        try {
            Wire.decode(bytes);
        } catch (ProtocolException e) {
            assertEquals(true, e.offset() <= bytes.length);
        }
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void aSliceOfABufferIsEnough(@ForAll("values") Object value) {
        byte[] bytes = Wire.encode(value);
        byte[] padded = new byte[bytes.length + 7];
        Arrays.fill(padded, (byte) 0xC1);
        System.arraycopy(bytes, 0, padded, 3, bytes.length);
        assertEquals(value, Wire.decode(padded, 3, bytes.length));
    }

    @Provide
    Arbitrary<Object> values() {
        return values(3);
    }

    private static Arbitrary<Object> values(int depth) {
        if (depth == 0) {
            return leaf();
        }
        Arbitrary<Object> inner = values(depth - 1);
        Arbitrary<Object> list = inner.list().ofMaxSize(4).map(l -> l);
        Arbitrary<String> keys = Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(40);
        Arbitrary<Object> map = Arbitraries.maps(keys, inner).ofMaxSize(4).map(m -> m);
        return Arbitraries.oneOf(leaf(), list, map);
    }

    private static Arbitrary<Object> leaf() {
        return Arbitraries.oneOf(
                Arbitraries.of(true, false).map(b -> b),
                Arbitraries.longs().map(n -> n),
                Arbitraries.doubles().map(x -> x),
                Arbitraries.strings().ofMaxLength(300).map(WireProperties::wellFormed),
                array(),
                Arbitraries.integers().between(-9, 9).map(n -> new NumpyScalar((long) n, "<i4")));
    }

    private static Arbitrary<Object> array() {
        Arbitrary<List<Integer>> dims = Arbitraries.integers().between(0, 4).list().ofMaxSize(3);
        return Combinators.combine(Arbitraries.of(DTYPES), dims, Arbitraries.longs()).as(WireProperties::randomArray);
    }

    private static NdArray randomArray(String dtype, List<Integer> dims, long seed) {
        int[] shape = dims.stream().mapToInt(Integer::intValue).toArray();
        byte[] data = new byte[Arrays.stream(shape).reduce(1, (a, b) -> a * b) * Dtype.parse(dtype).itemSize()];
        new Random(seed).nextBytes(data);
        return NdArray.of(dtype, data, shape);
    }

    /// Lone surrogates have no UTF-8 form.
    private static String wellFormed(String s) {
        return new String(s.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
