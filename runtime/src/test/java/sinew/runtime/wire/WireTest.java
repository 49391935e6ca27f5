package sinew.runtime.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WireTest {
    @ParameterizedTest
    @CsvSource({
        "0, 00", "127, 7f", "128, cc80", "255, ccff", "256, cd0100", "65535, cdffff", "65536, ce00010000",
        "4294967296, cf0000000100000000", "-1, ff", "-32, e0", "-33, d0df", "-128, d080", "-129, d1ff7f",
        "-32769, d2ffff7fff", "-2147483649, d3ffffffff7fffffff"
    })
    void integersTakeTheShortestForm(long value, String hex) {
        assertEquals(hex, HexFormat.of().formatHex(Wire.encode(value)));
        assertEquals(value, decode(hex));
    }

    @Test
    void integersBeyond63Bits() {
        BigInteger max = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);
        assertEquals("cfffffffffffffffff", HexFormat.of().formatHex(Wire.encode(max)));
        assertEquals(max, decode("cfffffffffffffffff"));
    }

    @Test
    void readsEveryLegalForm() {
        assertEquals(1.5, decode("ca3fc00000"), "float32");
        assertEquals(1L, decode("d30000000000000001"), "an integer longer than it needs to be");
        assertEquals("a", decode("db0000000161"), "a string with a long header");
        assertEquals(Map.of("reset", true), decode("81c4057265736574c3"), "a binary key");
        assertEquals(List.of(1L), decode("dd0000000101"), "an array with a long header");
    }

    @Test
    void readsArraysWithStringMarkers() {
        NdArray expected = NdArray.ofFloats(new float[] {1, 2}, 2);
        Map<String, Object> plain = new java.util.LinkedHashMap<>();
        plain.put("shape", List.of(2));
        plain.put("dtype", "<f4");
        plain.put("__ndarray__", true);
        plain.put("data", expected.toBytes());
        assertEquals(expected, Wire.decode(Wire.encode(plain)), "string keys, in another order");
    }

    @Test
    void numbersOfEveryDtype() {
        assertFloats("<f2", "003800c0", 0.5f, -2f);
        assertFloats(">f2", "3800c000", 0.5f, -2f);
        assertFloats(">f4", "3f80000040000000", 1f, 2f);
        assertFloats(">f8", "3ff0000000000000", 1f);
        assertFloats("<f8", "000000000000f03f", 1f);
        assertFloats("|i1", "ff7f", -1f, 127f);
        assertFloats("|u1", "ff7f", 255f, 127f);
        assertFloats(">i2", "ffff0100", -1f, 256f);
        assertFloats("<u2", "ffff0100", 65535f, 1f);
        assertFloats(">u4", "ffffffff", 4294967295f);
        assertFloats("<i4", "ffffffff", -1f);
        assertFloats(">u8", "8000000000000000", 9.223372036854775807e18f);
        assertFloats("<i8", "ffffffffffffffff", -1f);
        assertFloats("=f4", "0000803f", 1f);
    }

    private static void assertFloats(String dtype, String hex, float... expected) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertArrayEquals(expected, NdArray.of(dtype, bytes, expected.length).toFloats(), dtype);
    }

    @Test
    void textArrays() {
        assertEquals(List.of("ab", "c"), NdArray.of("|S2", new byte[] {'a', 'b', 'c', 0}, 2).toStrings());
        assertEquals(List.of("方"), NdArray.of(">U1", HexFormat.of().parseHex("000065b9"), 1).toStrings());
        assertThrows(IllegalStateException.class, () -> NdArray.ofBytes(new byte[3], 3).toStrings());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "''                           | 0 | the message is empty",
        "c1                           | 0 | not MessagePack",
        "81a161                       | 3 | the message ends where a value",
        "c6ffffffff00                 | 1 | not MessagePack",
        "c603ffffff00                 | 5 | binary data declares 67108863 bytes, 1 are left",
        "db03ffffff00                 | 5 | a string declares",
        "dd03ffffff00                 | 5 | an array declares 67108863 elements",
        "df03ffffff00                 | 5 | a map declares 67108863 entries",
        "8101c3                       | 1 | a map's key is neither",
        "a2c328                       | 1 | not valid UTF-8",
        "c0c0                         | 1 | 1 bytes after the end",
        "d40100                       | 0 | extension types",
        "81c40b5f5f6e6461727261795f5fc3 | 0 | a numpy array without its 'data'",
        "cb3fb9                       | 1 | the message ends in the middle",
    })
    void badMessages(String hex, long offset, String words) {
        ProtocolException e = assertThrows(ProtocolException.class, () -> decode(hex));
        assertTrue(e.getMessage().contains(words), e.getMessage());
        if (words.startsWith("not MessagePack") || words.contains("middle")) {
            assertTrue(e.offset() <= hex.length() / 2, e.getMessage());
        } else {
            assertEquals(offset, e.offset(), e.getMessage());
        }
    }

    @Test
    void arraysThatLie() {
        assertBadArray("<f4", List.of(3), 8, "does not have 8 bytes");
        assertBadArray("<f4", List.of(1L << 31), 8, "shape holds 2147483648");
        assertBadArray("<f4", List.of(-2), 8, "shape holds -2");
        assertBadArray("|u1", List.of(65536, 65536, 65536, 65536), 0, "does not have 0 bytes");
        assertBadArray("|O8", List.of(1), 8, "dtype '|O8'");
        assertBadArray("<U0", List.of(1 << 30), 0, "dtype '<U0'");
        assertBadArray("<f44444444444", List.of(1), 4, "dtype");
        assertBadArray("", List.of(1), 4, "dtype");
        assertBadArray("<U99999999", List.of(1), 4, "does not have 4 bytes");
    }

    private static void assertBadArray(String dtype, List<?> shape, int bytes, String words) {
        Map<String, Object> map =
                Map.of("__ndarray__", true, "data", new byte[bytes], "dtype", dtype, "shape", shape);
        ProtocolException e = assertThrows(ProtocolException.class, () -> Wire.decode(Wire.encode(map)));
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }

    @Test
    void depthAndCountAreCapped() {
        ProtocolException deep = assertThrows(ProtocolException.class, () -> decode("91".repeat(40) + "00"));
        assertTrue(deep.getMessage().contains("nested deeper than 32"), deep.getMessage());
        ProtocolException many =
                assertThrows(ProtocolException.class, () -> decode("dd00100001" + "00".repeat((1 << 20) + 1)));
        assertTrue(many.getMessage().contains("send numpy arrays"), many.getMessage());
    }

    @Test
    void unknownJavaTypesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Wire.encode(new Object()));
        assertThrows(IllegalArgumentException.class, () -> Wire.encode(Map.of(1, 2)));
    }

    private static Object decode(String hex) {
        return Wire.decode(HexFormat.of().parseHex(hex));
    }
}
