package sinew.runtime.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Messages recorded from the Python packages: each decodes to what its index entry says and encodes to the same bytes.
class WireGoldenTest {
    @TestFactory
    Stream<DynamicTest> everyRecordedMessage() throws IOException {
        List<JsonNode> messages = new ArrayList<>();
        for (JsonNode entry : index()) {
            String file = entry.get("file").asText();
            if (!file.startsWith("raw_") && !file.equals("error_text_frame.bin")) {
                messages.add(entry);
            }
        }
        assertEquals(34, messages.size());
        return messages.stream().map(e -> DynamicTest.dynamicTest(e.get("file").asText(), () -> {
            byte[] bytes = golden(e.get("file").asText());
            Object value = Wire.decode(bytes);
            compare(e.get("decoded"), value, "");
            assertArrayEquals(bytes, Wire.encode(value));
        }));
    }

    @Test
    void everyServerFrameOfARecordedConnection() throws IOException {
        byte[] stream = golden("raw_connection_server_to_client.bin");
        int at = 0;
        int binary = 0;
        while (at < stream.length) {
            int opcode = stream[at] & 0x0F;
            int length = stream[at + 1] & 0x7F;
            at += 2;
            if (length == 126) {
                length = (stream[at] & 0xFF) << 8 | stream[at + 1] & 0xFF;
                at += 2;
            }
            if (opcode == 2) {
                Object value = Wire.decode(stream, at, length);
                assertArrayEquals(java.util.Arrays.copyOfRange(stream, at, at + length), Wire.encode(value));
                binary++;
            }
            at += length;
        }
        assertEquals(6, binary);
    }

    private static void compare(JsonNode expected, Object actual, String path) {
        switch (actual) {
            case null -> assertTrue(expected.isNull(), path);
            case NdArray array -> compareArray(expected, array, path);
            case NumpyScalar scalar -> {
                assertTrue(expected.has("__npgeneric__"), path);
                assertEquals(expected.get("dtype").asText(), scalar.dtype(), path);
                compare(expected.get("data"), scalar.value(), path);
            }
            case Map<?, ?> map -> {
                assertEquals(names(expected), List.copyOf(map.keySet()), path);
                map.forEach((k, v) -> compare(expected.get((String) k), v, path + "." + k));
            }
            case List<?> list -> {
                assertEquals(expected.size(), list.size(), path);
                for (int i = 0; i < list.size(); i++) {
                    compare(expected.get(i), list.get(i), path + "[" + i + "]");
                }
            }
            case Long n -> {
                assertTrue(expected.isIntegralNumber(), path);
                assertEquals(expected.longValue(), n, path);
            }
            case Double x -> {
                assertTrue(expected.isDouble(), path);
                assertEquals(expected.doubleValue(), x, path);
            }
            case Boolean b -> assertEquals(expected.booleanValue(), b, path);
            case String s -> assertEquals(expected.textValue(), s, path);
            default -> fail(path + ": " + actual.getClass());
        }
    }

    private static void compareArray(JsonNode expected, NdArray array, String path) {
        assertTrue(expected.has("__ndarray__"), path);
        assertEquals(expected.get("dtype").asText(), array.dtype(), path);
        assertEquals(expected.get("shape").size(), array.rank(), path);
        for (int i = 0; i < array.rank(); i++) {
            assertEquals(expected.get("shape").get(i).asInt(), array.dim(i), path);
        }
        assertEquals(expected.get("sha256_of_data").asText(), sha256(array.toBytes()), path);
        JsonNode values = expected.has("values_c_order") ? expected.get("values_c_order")
                : expected.get("first_values_c_order");
        for (int i = 0; i < values.size(); i++) {
            JsonNode value = values.get(i);
            if (value.isTextual()) {
                assertEquals(value.textValue(), array.toStrings().get(i), path);
            } else if (value.isBoolean()) {
                assertEquals(value.booleanValue(), array.toBooleans()[i], path);
            } else {
                assertEquals((float) value.doubleValue(), array.toFloats()[i], path);
            }
        }
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static JsonNode index() throws IOException {
        return assertInstanceOf(JsonNode.class, new ObjectMapper().readTree(golden("index.json")).get("entries"));
    }

    static byte[] golden(String file) throws IOException {
        try (InputStream in = WireGoldenTest.class.getResourceAsStream("/goldens/wire/" + file)) {
            return in.readAllBytes();
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
