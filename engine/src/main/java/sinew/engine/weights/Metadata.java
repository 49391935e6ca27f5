package sinew.engine.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The key-value part of a weights file, in the file's order. Getters throw [WeightsFormatException] with the file
/// and the key when a key is missing or holds something else.
public final class Metadata {
    /// An array knows the type of its elements; `type` is then [GgufType#ARRAY].
    record Entry(GgufType type, GgufType elementType, Object value) {}

    private final Path path;
    private final Map<String, Entry> entries;

    Metadata(Path path, Map<String, Entry> entries) {
        this.path = path;
        this.entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /// The file that this came from, or the one it is for.
    public Path path() {
        return path;
    }

    public Set<String> keys() {
        return entries.keySet();
    }

    public boolean has(String key) {
        return entries.containsKey(key);
    }

    Map<String, Entry> entries() {
        return entries;
    }

    public String string(String key) {
        return entry(key).value() instanceof String s ? s : wrong(key, "a string");
    }

    public boolean bool(String key) {
        return entry(key).value() instanceof Boolean b ? b : wrong(key, "a boolean");
    }

    /// An integer in min..max.
    public int integer(String key, int min, int max) {
        Entry entry = entry(key);
        if (!entry.type().isInteger()) {
            return wrong(key, "an integer");
        }
        long value = (Long) entry.value();
        if (value < min || value > max) {
            return wrong(key, "an integer in " + min + ".." + max);
        }
        return (int) value;
    }

    /// Any integer; unsigned 64-bit values beyond the signed range are negative here.
    public long integer(String key) {
        Entry entry = entry(key);
        return entry.type().isInteger() ? (Long) entry.value() : this.<Long>wrong(key, "an integer");
    }

    /// A finite float32 or float64.
    public double number(String key) {
        Entry entry = entry(key);
        if (!entry.type().isFloat() || !Double.isFinite((Double) entry.value())) {
            return wrong(key, "a finite number");
        }
        return (Double) entry.value();
    }

    public List<String> strings(String key) {
        List<String> result = new ArrayList<>();
        for (Object o : array(key, "strings", entry(key).elementType() == GgufType.STRING)) {
            result.add((String) o);
        }
        return List.copyOf(result);
    }

    /// Integers in min..max.
    public List<Integer> integers(String key, int min, int max) {
        Entry entry = entry(key);
        List<Integer> result = new ArrayList<>();
        for (Object o : array(key, "integers", entry.elementType() != null && entry.elementType().isInteger())) {
            long value = (Long) o;
            if (value < min || value > max) {
                wrong(key, "integers in " + min + ".." + max);
            }
            result.add((int) value);
        }
        return List.copyOf(result);
    }

    /// Numbers of a float32 or float64 array.
    public double[] numbers(String key) {
        Entry entry = entry(key);
        Object[] values = array(key, "numbers", entry.elementType() != null && entry.elementType().isFloat());
        double[] result = new double[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (Double) values[i];
        }
        return result;
    }

    /// The value as a person would like to read it.
    public String show(String key) {
        Object value = entry(key).value();
        return value instanceof Object[] a ? List.of(a).toString() : String.valueOf(value);
    }

    /// A failure that names the file and the key.
    public WeightsFormatException problem(String key, String problem) {
        return new WeightsFormatException(path, "metadata key " + key + " " + problem);
    }

    private Object[] array(String key, String what, boolean fits) {
        Entry entry = entry(key);
        // An empty array has no elements that could be of a wrong type, but it still must be an array.
        return fits && entry.value() instanceof Object[] a ? a : this.<Object[]>wrong(key, "an array of " + what);
    }

    private Entry entry(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw problem(key, "is missing. Convert the checkpoint again with this version of sinew");
        }
        return entry;
    }

    private <T> T wrong(String key, String expected) {
        Entry entry = entry(key);
        String type = entry.type() + (entry.elementType() == null ? "" : " of " + entry.elementType());
        throw problem(key, "should be " + expected + ", it is " + type + " " + brief(show(key))
                + ". Convert the checkpoint again");
    }

    private static String brief(String text) {
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }

    /// Collects metadata for a new file. Integers are written as uint32 where they are not negative, else int32.
    public static final class Builder {
        private final Map<String, Entry> entries = new LinkedHashMap<>();

        public Builder put(String key, String value) {
            return add(key, new Entry(GgufType.STRING, null, value));
        }

        public Builder put(String key, int value) {
            return add(key, new Entry(value >= 0 ? GgufType.UINT32 : GgufType.INT32, null, (long) value));
        }

        public Builder put(String key, long value) {
            return add(key, new Entry(value >= 0 ? GgufType.UINT64 : GgufType.INT64, null, value));
        }

        public Builder put(String key, boolean value) {
            return add(key, new Entry(GgufType.BOOL, null, value));
        }

        public Builder put(String key, double value) {
            return add(key, new Entry(GgufType.FLOAT64, null, value));
        }

        public Builder putStrings(String key, List<String> values) {
            return add(key, new Entry(GgufType.ARRAY, GgufType.STRING, values.toArray()));
        }

        public Builder putIntegers(String key, List<Integer> values) {
            Object[] longs = values.stream().map(Integer::longValue).toArray();
            return add(key, new Entry(GgufType.ARRAY, GgufType.INT32, longs));
        }

        public Builder putFloats(String key, float[] values) {
            Object[] boxed = new Object[values.length];
            for (int i = 0; i < boxed.length; i++) {
                boxed[i] = (double) values[i];
            }
            return add(key, new Entry(GgufType.ARRAY, GgufType.FLOAT32, boxed));
        }

        /// @param path the file that it is for; errors name it
        public Metadata build(Path path) {
            return new Metadata(path, entries);
        }

        private Builder add(String key, Entry entry) {
            if (entries.put(key, entry) != null) {
                throw new IllegalStateException("metadata key " + key + " was put twice");
            }
            return this;
        }
    }
}
