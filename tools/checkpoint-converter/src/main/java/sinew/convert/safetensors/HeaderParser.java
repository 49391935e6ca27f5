package sinew.convert.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Parses a safetensors header without building a tree: depth, lengths and duplicates are refused as they come.
final class HeaderParser {
    private static final int MAX_DEPTH = 4;
    private static final int MAX_TEXT = 1 << 20;
    private static final int MAX_RANK = 16;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_TEXT)
                    .maxNameLength(MAX_TEXT)
                    .maxNumberLength(20)
                    .build())
            .build();

    private final Path path;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<SafetensorsTensor> tensors = new ArrayList<>();

    private HeaderParser(Path path) {
        this.path = path;
    }

    /// What a header says, not yet checked against the size of the file.
    record Header(Map<String, String> metadata, List<SafetensorsTensor> tensors) {}

    static Header parse(Path path, byte[] json) {
        HeaderParser parser = new HeaderParser(path);
        if (json.length == 0 || json[0] != '{') {
            throw parser.failure("the header does not begin with '{'. It is not a safetensors file, or damaged");
        }
        try (JsonParser in = JSON.createParser(json)) {
            parser.parse(in);
        } catch (StreamConstraintsException e) {
            throw parser.failure("the header is too deep or too long to be one of a checkpoint: "
                    + e.getOriginalMessage());
        } catch (IOException e) {
            String reason = e instanceof com.fasterxml.jackson.core.JsonProcessingException j
                    ? j.getOriginalMessage()
                    : e.getMessage();
            throw parser.failure("the header is not valid JSON: " + reason);
        }
        return new Header(parser.metadata, parser.tensors);
    }

    private void parse(JsonParser in) throws IOException {
        in.nextToken();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            require(in.nextToken() == JsonToken.START_OBJECT, name, "is not an object");
            if (name.equals("__metadata__")) {
                readMetadata(in);
            } else {
                tensors.add(readTensor(in, name));
            }
        }
        if (in.nextToken() != null) {
            throw failure("the header goes on after its closing brace");
        }
    }

    private void readMetadata(JsonParser in) throws IOException {
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            require(in.nextToken() == JsonToken.VALUE_STRING, "__metadata__", key + " is not a string");
            metadata.put(key, in.getText());
        }
    }

    private SafetensorsTensor readTensor(JsonParser in, String name) throws IOException {
        String type = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken value = in.nextToken();
            switch (field) {
                case "dtype" -> {
                    require(value == JsonToken.VALUE_STRING, name, "its dtype is not a string");
                    type = in.getText();
                }
                case "shape" -> shape = readNumbers(in, value, name, field);
                case "data_offsets" -> offsets = readNumbers(in, value, name, field);
                default -> throw failure(name, "has the unknown field \"" + field + "\"");
            }
        }
        require(type != null && shape != null && offsets != null, name, "lacks one of dtype, shape, data_offsets");
        require(offsets.size() == 2, name, "has " + offsets.size() + " data_offsets, want begin and end");
        Dtype dtype = Dtype.of(type);
        require(dtype != null, name, "has the unknown dtype \"" + type + "\"");
        return tensor(name, dtype, shape, offsets.get(0), offsets.get(1));
    }

    private SafetensorsTensor tensor(String name, Dtype dtype, List<Long> shape, long begin, long end) {
        List<Integer> dimensions = new ArrayList<>();
        long bytes = dtype.bytes();
        for (long n : shape) {
            require(n <= Integer.MAX_VALUE, name, "has a dimension of " + n);
            dimensions.add((int) n);
            try {
                bytes = Math.multiplyExact(bytes, n);
            } catch (ArithmeticException e) {
                throw failure(name, "shape " + shape + " is larger than any file");
            }
        }
        require(begin <= end, name, "its data end (" + end + ") before they begin (" + begin + ")");
        require(end - begin == bytes, name, "shape " + shape + " of " + dtype + " needs " + bytes
                + " bytes, its data_offsets span " + (end - begin));
        return new SafetensorsTensor(name, dtype, dimensions, begin, bytes);
    }

    private List<Long> readNumbers(JsonParser in, JsonToken first, String name, String field) throws IOException {
        require(first == JsonToken.START_ARRAY, name, "its " + field + " is not an array");
        List<Long> numbers = new ArrayList<>();
        for (JsonToken t = in.nextToken(); t != JsonToken.END_ARRAY; t = in.nextToken()) {
            boolean fits = t == JsonToken.VALUE_NUMBER_INT && in.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
            require(fits && in.getLongValue() >= 0, name,
                    "its " + field + " holds something that is not a whole number in 0..2^63");
            require(numbers.size() < MAX_RANK, name, "its " + field + " has more than " + MAX_RANK + " entries");
            numbers.add(in.getLongValue());
        }
        return numbers;
    }

    private void require(boolean ok, String name, String problem) {
        if (!ok) {
            throw failure(name, problem);
        }
    }

    private SafetensorsException failure(String name, String problem) {
        return failure("tensor " + name + " " + problem);
    }

    private SafetensorsException failure(String problem) {
        return new SafetensorsException(path, problem);
    }
}
