package sinew.convert.diffusionpolicy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import sinew.convert.torch.TorchCheckpointException;

/// Typed access to a dict of the configuration. What is missing or of another type is refused by its full name.
final class ConfigNode {
    private final Path file;
    private final String where;
    private final Map<?, ?> fields;

    private ConfigNode(Path file, String where, Map<?, ?> fields) {
        this.file = file;
        this.where = where;
        this.fields = fields;
    }

    static ConfigNode of(Path file, String where, Object value) {
        if (!(value instanceof Map<?, ?> fields)) {
            throw new TorchCheckpointException(file, where + (value == null ? " is missing" : " is not a dict")
                    + ": is this a checkpoint of diffusion_policy?");
        }
        return new ConfigNode(file, where, fields);
    }

    /// A child that is named without its parent.
    ConfigNode top(String key) {
        return of(file, key, fields.get(key));
    }

    ConfigNode child(String key) {
        return of(file, where + "." + key, fields.get(key));
    }

    Set<String> keys() {
        Set<String> keys = new TreeSet<>();
        fields.keySet().forEach(key -> keys.add(String.valueOf(key)));
        return keys;
    }

    /// Refuses settings that are not among these: each could change results.
    void known(String... names) {
        for (String key : keys()) {
            if (!List.of(names).contains(key)) {
                throw new TorchCheckpointException(file, where + "." + key + " is a setting that is not known here."
                        + " Known are " + String.join(", ", names));
            }
        }
    }

    boolean same(ConfigNode other) {
        return fields.equals(other.fields);
    }

    boolean isDict(String key) {
        return fields.get(key) instanceof Map<?, ?>;
    }

    boolean isNull(String key) {
        return fields.get(key) == null;
    }

    String text(String key) {
        return fields.get(key) instanceof String text ? text : refuse(key, "text");
    }

    boolean flag(String key) {
        return fields.get(key) instanceof Boolean flag ? flag : refuse(key, "true or false");
    }

    boolean flag(String key, boolean otherwise) {
        return isNull(key) ? otherwise : flag(key);
    }

    int size(String key) {
        return size(key, fields.get(key));
    }

    /// A whole number from 0 on.
    int count(String key, int otherwise) {
        return isNull(key) ? otherwise : Long.valueOf(0).equals(fields.get(key)) ? 0 : size(key);
    }

    int size(String key, int otherwise) {
        return isNull(key) ? otherwise : size(key);
    }

    double number(String key, double otherwise) {
        return switch (fields.get(key)) {
            case null -> otherwise;
            case Double number when Double.isFinite(number) -> number;
            case Long number -> number;
            default -> refuse(key, "a number");
        };
    }

    List<Integer> sizes(String key) {
        if (!(fields.get(key) instanceof List<?> values) || values.isEmpty()) {
            return refuse(key, "a list of sizes");
        }
        List<Integer> sizes = new ArrayList<>();
        for (Object value : values) {
            sizes.add(size(key, value));
        }
        return List.copyOf(sizes);
    }

    List<Integer> sizes(String key, List<Integer> otherwise) {
        return isNull(key) ? otherwise : sizes(key);
    }

    <E extends Enum<E>> E choice(String key, Class<E> type, E otherwise) {
        if (isNull(key)) {
            return otherwise;
        }
        String name = text(key);
        for (E one : type.getEnumConstants()) {
            if (one.name().equalsIgnoreCase(name)) {
                return one;
            }
        }
        return refuse(key, "one of " + List.of(type.getEnumConstants()).toString().toLowerCase(Locale.ROOT));
    }

    /// A setting that can change results and that only one value is built for.
    void only(String key, Object expected) {
        if (!isNull(key) && !expected.equals(fields.get(key))) {
            refuse(key, expected + ", the only value that is supported");
        }
    }

    <T> T refuse(String key, String expected) {
        String found = fields.containsKey(key) ? "is " + shown(fields.get(key)) : "is missing";
        throw new TorchCheckpointException(file, where + "." + key + " " + found + ", but must be " + expected);
    }

    /// Containers are not spelled out: they can be far larger than the file.
    private static String shown(Object value) {
        return switch (value) {
            case null -> "None";
            case String text -> text.substring(0, Math.min(text.length(), 120));
            case Long _, Double _, Boolean _ -> value.toString();
            case List<?> list -> "a list of " + list.size();
            case Map<?, ?> _ -> "a dict";
            default -> "of another type";
        };
    }

    private int size(String key, Object value) {
        return value instanceof Long size && size > 0 && size <= 1_000_000 ? size.intValue()
                : refuse(key, "a whole number from 1 to 1000000");
    }
}
