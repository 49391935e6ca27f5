package sinew.convert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Typed access to the fields of a JSON object. What does not fit is added to the problems and replaced by the
/// default, so that reading goes on.
final class JsonFields {
    private static final long MAX_FILE_BYTES = 1 << 26;
    private static final int MAX_DEPTH = 32;
    private static final ObjectMapper JSON = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Python writes them; they are refused later, by name.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final String where;
    private final JsonNode node;
    private final Problems problems;

    JsonFields(String where, JsonNode node, Problems problems) {
        this.where = where;
        this.node = node;
        this.problems = problems;
    }

    /// Parses a JSON object from a file.
    ///
    /// @throws CheckpointException when it is not one
    static JsonFields read(Path path, Problems problems) throws IOException {
        if (Files.size(path) > MAX_FILE_BYTES) {
            throw new CheckpointException(path, "is larger than " + (MAX_FILE_BYTES >> 20) + " MiB");
        }
        JsonNode node;
        try {
            node = JSON.readTree(Files.readAllBytes(path));
        } catch (JsonProcessingException e) {
            String line = e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
            throw new CheckpointException(path, "is not valid JSON: " + e.getOriginalMessage() + line);
        }
        if (!node.isObject()) {
            throw new CheckpointException(path, "is not a JSON object");
        }
        return new JsonFields(path.getFileName().toString(), node, problems);
    }

    JsonNode node() {
        return node;
    }

    /// Whether the field is there, null or not.
    boolean has(String key) {
        return node.has(key);
    }

    boolean isNull(String key) {
        return !node.hasNonNull(key);
    }

    void problem(String key, String problem) {
        problems.add(where + ": " + key + " " + problem);
    }

    int integer(String key, int otherwise, int min, int max) {
        if (isNull(key)) {
            return otherwise;
        }
        JsonNode value = node.get(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            problem(key, "is " + brief(value) + ", want a whole number in " + min + ".." + max);
            return otherwise;
        }
        return value.intValue();
    }

    double number(String key, double otherwise) {
        if (isNull(key)) {
            return otherwise;
        }
        JsonNode value = node.get(key);
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            problem(key, "is " + brief(value) + ", want a number");
            return otherwise;
        }
        return value.doubleValue();
    }

    boolean bool(String key, boolean otherwise) {
        if (isNull(key)) {
            return otherwise;
        }
        if (!node.get(key).isBoolean()) {
            problem(key, "is " + brief(node.get(key)) + ", want true or false");
            return otherwise;
        }
        return node.get(key).booleanValue();
    }

    String text(String key, String otherwise) {
        if (isNull(key)) {
            return otherwise;
        }
        if (!node.get(key).isTextual()) {
            problem(key, "is " + brief(node.get(key)) + ", want a string");
            return otherwise;
        }
        return node.get(key).textValue();
    }

    /// A list of whole numbers in 1..max; null in the file gives `otherwise`.
    List<Integer> sizes(String key, List<Integer> otherwise, int max) {
        if (isNull(key)) {
            return otherwise;
        }
        List<Integer> sizes = new ArrayList<>();
        for (JsonNode value : node.get(key)) {
            if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1
                    || value.intValue() > max) {
                problem(key, "is " + brief(node.get(key)) + ", want whole numbers in 1.." + max);
                return otherwise;
            }
            sizes.add(value.intValue());
        }
        if (!node.get(key).isArray()) {
            problem(key, "is " + brief(node.get(key)) + ", want a list of whole numbers");
            return otherwise;
        }
        return List.copyOf(sizes);
    }

    /// One of an enum's names in either case.
    <E extends Enum<E>> E word(String key, E otherwise, Class<E> type) {
        String text = text(key, null);
        if (text == null) {
            return otherwise;
        }
        for (E value : type.getEnumConstants()) {
            if (value.name().equalsIgnoreCase(text)) {
                return value;
            }
        }
        List<String> known = Arrays.stream(type.getEnumConstants())
                .map(e -> hasUpper(text) ? e.name() : e.name().toLowerCase(Locale.ROOT))
                .toList();
        problem(key, "is \"" + text + "\", which sinew does not know. It knows " + String.join(", ", known));
        return otherwise;
    }

    /// LeRobot writes some words in capitals and some not: the answer follows the question.
    private static boolean hasUpper(String text) {
        return text.chars().anyMatch(Character::isUpperCase);
    }

    /// A nested object; an empty one when it is absent.
    JsonFields object(String key) {
        JsonNode value = node.get(key);
        if (value == null || value.isNull() || !value.isObject()) {
            if (value != null && !value.isNull()) {
                problem(key, "is " + brief(value) + ", want an object");
            }
            return new JsonFields(where + ": " + key, JSON.createObjectNode(), problems);
        }
        return new JsonFields(where + ": " + key, value, problems);
    }

    List<String> keys() {
        List<String> keys = new ArrayList<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    private static String brief(JsonNode value) {
        String text = value.toString();
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }
}
