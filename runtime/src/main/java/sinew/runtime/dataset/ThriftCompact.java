package sinew.runtime.dataset;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/// Writes structs in Thrift's compact protocol, as far as Parquet's headers need it.
final class ThriftCompact {
    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int STRUCT = 12;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Deque<Integer> outer = new ArrayDeque<>();
    private int lastField;

    ThriftCompact i32(int field, int value) {
        header(field, I32);
        zigzag(value);
        return this;
    }

    ThriftCompact i64(int field, long value) {
        header(field, I64);
        zigzag(value);
        return this;
    }

    ThriftCompact string(int field, String value) {
        header(field, BINARY);
        return text(value);
    }

    /// Opens a struct that is a field; close it with [#end].
    ThriftCompact struct(int field) {
        header(field, STRUCT);
        return element();
    }

    /// Opens a struct that is an element of a list.
    ThriftCompact element() {
        outer.push(lastField);
        lastField = 0;
        return this;
    }

    ThriftCompact end() {
        out.write(0);
        lastField = outer.isEmpty() ? 0 : outer.pop();
        return this;
    }

    ThriftCompact structs(int field, int size) {
        return list(field, STRUCT, size);
    }

    ThriftCompact i32s(int field, int... values) {
        list(field, I32, values.length);
        for (int v : values) {
            zigzag(v);
        }
        return this;
    }

    ThriftCompact strings(int field, String... values) {
        list(field, BINARY, values.length);
        for (String v : values) {
            text(v);
        }
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private ThriftCompact list(int field, int type, int size) {
        header(field, LIST);
        if (size < 15) {
            out.write(size << 4 | type);
        } else {
            out.write(0xF0 | type);
            varint(size);
        }
        return this;
    }

    private void header(int field, int type) {
        int delta = field - lastField;
        if (delta < 1 || delta > 15) {
            throw new IllegalStateException("thrift fields must rise by 1 to 15: " + lastField + " to " + field);
        }
        out.write(delta << 4 | type);
        lastField = field;
    }

    private ThriftCompact text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        varint(utf8.length);
        out.writeBytes(utf8);
        return this;
    }

    private void zigzag(long value) {
        varint(value << 1 ^ value >> 63);
    }

    private void varint(long value) {
        while ((value & ~0x7FL) != 0) {
            out.write((int) (value & 0x7F | 0x80));
            value >>>= 7;
        }
        out.write((int) value);
    }
}
