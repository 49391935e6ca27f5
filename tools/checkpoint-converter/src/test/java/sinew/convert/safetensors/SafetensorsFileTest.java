package sinew.convert.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    @TempDir
    Path folder;

    @Test
    void readsEveryTypeAsItsValues() throws IOException {
        Path path = folder.resolve("types.safetensors");
        new SafetensorsWriter()
                .metadata("format", "pt")
                .floats("f32", new float[] {1.5f, -2}, 2)
                .longs("i64", new long[] {-1, 1L << 40}, 2)
                .bytes("u8", new byte[] {1, (byte) 255}, 1, 2)
                .bytes("i8", Dtype.I8, new byte[] {-1}, 1)
                .bytes("u16", Dtype.U16, new byte[] {-1, -1}, 1)
                .bytes("i16", Dtype.I16, new byte[] {-2, -1}, 1)
                .bytes("u32", Dtype.U32, new byte[] {-1, -1, -1, -1}, 1)
                .bytes("i32", Dtype.I32, new byte[] {-3, -1, -1, -1}, 1)
                .bytes("bool", Dtype.BOOL, new byte[] {1, 0}, 2)
                .bytes("f64", Dtype.F64, new byte[] {0, 0, 0, 0, 0, 0, (byte) 0xF8, 0x3F}, 1)
                .bytes("f16", Dtype.F16, new byte[] {0, 0x3E, 0, (byte) 0xFC}, 2)
                .bytes("bf16", Dtype.BF16, new byte[] {(byte) 0xC0, 0x3F}, 1)
                .floats("scalar", new float[] {7})
                .floats("empty", new float[0], 0, 3)
                .write(path);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertEquals(Map.of("format", "pt"), file.metadata());
            assertArrayEquals(new float[] {1.5f, -2}, file.floats("f32"));
            assertArrayEquals(new long[] {-1, 1L << 40}, file.longs("i64"));
            assertArrayEquals(new byte[] {1, (byte) 255}, file.bytes("u8"));
            assertArrayEquals(new float[] {1, 255}, file.floats("u8"));
            assertEquals(-1, file.longs("i8")[0]);
            assertEquals(65535, file.longs("u16")[0]);
            assertEquals(-2, file.longs("i16")[0]);
            assertEquals(0xFFFFFFFFL, file.longs("u32")[0]);
            assertEquals(-3, file.longs("i32")[0]);
            assertArrayEquals(new long[] {1, 0}, file.longs("bool"));
            assertEquals(1.5f, file.floats("f64")[0]);
            assertArrayEquals(new float[] {1.5f, Float.NEGATIVE_INFINITY}, file.floats("f16"));
            assertEquals(1.5f, file.floats("bf16")[0]);
            assertEquals(List.of(), file.tensor("scalar").shape());
            assertEquals(0, file.floats("empty").length);
            assertNull(file.find("absent"));
            String message = assertThrows(SafetensorsException.class, () -> file.floats("absent")).getMessage();
            assertTrue(message.contains("types.safetensors") && message.contains("absent"), message);
            assertThrows(SafetensorsException.class, () -> file.longs("f32"));
        }
    }

    @Test
    void roundsGeneratedValuesToNearestEven() throws IOException {
        Path path = folder.resolve("rounded.safetensors");
        float[] values = {1 + 1f / 256, 1 + 3f / 256, 1 + 1.01f / 256, -0.1f};
        int[] next = {0};
        new SafetensorsWriter().generated("x", Dtype.BF16, () -> values[next[0]++], 4).write(path);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertArrayEquals(new float[] {1, 1 + 4f / 256, 1 + 2f / 256, -0.10009765625f}, file.floats("x"));
        }
    }

    @Test
    void aFileCutAnywhereIsRefused() throws IOException {
        Path path = folder.resolve("whole.safetensors");
        new SafetensorsWriter().floats("a", new float[] {1, 2, 3}, 3).bytes("b", new byte[5], 5).write(path);
        byte[] whole = Files.readAllBytes(path);
        for (int n = 0; n < whole.length; n++) {
            Files.write(path, Arrays.copyOf(whole, n));
            assertThrows(SafetensorsException.class, () -> SafetensorsFile.open(path).close());
        }
        Files.write(path, Arrays.copyOf(whole, whole.length + 1));
        assertThrows(SafetensorsException.class, () -> SafetensorsFile.open(path).close());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "past the end | {'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}} | cut short",
        "bytes left over | {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | go on to 8",
        "hole | {'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | hole",
        "overlap | {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
                + "'b':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | inside another",
        "shape and span | {'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | needs 12 bytes",
        "giant shape | {'a':{'dtype':'F32','shape':[2147483647,2147483647,9],'data_offsets':[0,8]}} | larger than any",
        "giant dimension | {'a':{'dtype':'F32','shape':[9000000000],'data_offsets':[0,8]}} | dimension",
        "more than a long | {'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}} | whole number",
        "negative | {'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | whole number",
        "fraction | {'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}} | whole number",
        "reversed | {'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | before they begin",
        "three offsets | {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4,8]}} | 3 data_offsets",
        "unknown type | {'a':{'dtype':'F3','shape':[2],'data_offsets':[0,8]}} | unknown dtype",
        "no type | {'a':{'shape':[2],'data_offsets':[0,8]}} | lacks one of",
        "duplicate tensor | {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
                + "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | Duplicate",
        "duplicate field | {'a':{'dtype':'F32','dtype':'F32','shape':[2],'data_offsets':[0,8]}} | Duplicate",
        "unknown field | {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'x':1}} | unknown field",
        "metadata number | {'__metadata__':{'a':1}} | not a string",
        "deep | {'a':{'dtype':'F32','shape':[[[[[[2]]]]]],'data_offsets':[0,8]}} | whole number",
        "deep metadata | {'__metadata__':{'a':[[[[[[]]]]]]}} | not a string",
        "no object | [] | begin with",
        "unfinished | {'a':{'dtype':'F32' | not valid JSON",
        "trailing | {}{} | goes on after",
        "not JSON | {a b c} | not valid JSON",
    })
    void liesAreNamed(String lie, String json, String expected) throws IOException {
        Path path = folder.resolve("lie.safetensors");
        Files.write(path, file(json.replace('\'', '"'), 8));
        String message = assertThrows(SafetensorsException.class, () ->
                SafetensorsFile.open(path).close()).getMessage();
        assertTrue(message.contains("lie.safetensors") && message.contains(expected), lie + ": " + message);
    }

    @Test
    void hugeHeadersAreRefusedUnread() throws IOException {
        Path path = folder.resolve("huge.safetensors");
        for (long length : new long[] {9, 100_000_001, Long.MAX_VALUE, -1}) {
            byte[] bytes = file("{}", 0);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
            Files.write(path, bytes);
            assertThrows(SafetensorsException.class, () -> SafetensorsFile.open(path).close());
        }
        Files.write(path, file("{\"" + "x".repeat(2_000_000) + "\":{}}", 0));
        assertThrows(SafetensorsException.class, () -> SafetensorsFile.open(path).close());
        Files.write(path, file("{\"a\":" + "[".repeat(200_000), 0));
        assertThrows(SafetensorsException.class, () -> SafetensorsFile.open(path).close());
    }

    @Test
    void whatIsNoFileIsNamed() {
        assertThrows(NoSuchFileException.class, () -> SafetensorsFile.open(folder.resolve("absent")));
        assertThrows(SafetensorsException.class, () -> SafetensorsFile.open(folder));
    }

    @Test
    void theWriterRefusesShapesThatDoNotFit() {
        SafetensorsWriter writer = new SafetensorsWriter().floats("a", new float[2], 2);
        assertThrows(IllegalArgumentException.class, () -> writer.floats("b", new float[2], 3));
        assertThrows(IllegalArgumentException.class, () -> writer.floats("a", new float[2], 2));
    }

    static byte[] file(String json, int dataBytes) {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }
}
