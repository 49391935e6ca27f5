package sinew.runtime.dataset;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Writes the few shapes of Parquet file that a LeRobot data set consists of: optional columns of one type or of
/// lists of one type, plain encoding, no compression, version 1 pages, row groups as the caller makes them.
///
/// Our own because the reader library that we use does not write, and the reference writer needs Hadoop's classes.
/// Format: the Apache Parquet specification (parquet.thrift, Encodings.md).
final class ParquetWriter implements Closeable {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    // parquet.thrift's numbers
    private static final int OPTIONAL = 1;
    private static final int REPEATED = 2;
    private static final int UTF8 = 0;
    private static final int CONVERTED_LIST = 3;
    private static final int PLAIN = 0;
    private static final int RLE = 3;
    private static final int UNCOMPRESSED = 0;
    private static final int DATA_PAGE = 0;

    /// What a column holds; the comment is the Java array that [#rowGroup] takes for it.
    enum Kind {
        /// long[rows]
        INT64(2, false),
        /// float[rows]
        FLOAT(4, false),
        /// double[rows]
        DOUBLE(5, false),
        /// String[rows]
        STRING(6, false),
        /// float[rows][], no empty lists
        FLOAT_LIST(4, true),
        /// String[rows][], no empty lists
        STRING_LIST(6, true);

        private final int physical;
        private final boolean list;

        Kind(int physical, boolean list) {
            this.physical = physical;
            this.list = list;
        }
    }

    record Column(String name, Kind kind) {
        private String[] path() {
            return kind.list ? new String[] {name, "list", "element"} : new String[] {name};
        }
    }

    private record Chunk(long offset, int size, long values) {}

    private record Group(long rows, List<Chunk> chunks) {}

    private final List<Column> columns;
    private final Map<String, String> metadata;
    private final OutputStream out;
    private final List<Group> groups = new ArrayList<>();
    private long position;

    /// @param metadata key-value pairs of the file's footer
    ParquetWriter(Path file, List<Column> columns, Map<String, String> metadata) throws IOException {
        this.columns = columns;
        this.metadata = metadata;
        out = Files.newOutputStream(file);
        write(MAGIC);
    }

    /// Bytes written so far.
    long size() {
        return position;
    }

    /// Appends a row group; one array for each column, all of the same length.
    void rowGroup(Object... values) throws IOException {
        if (values.length != columns.size()) {
            throw new IllegalArgumentException("expected " + columns.size() + " columns, got " + values.length);
        }
        List<Chunk> chunks = new ArrayList<>();
        int rows = java.lang.reflect.Array.getLength(values[0]);
        for (int i = 0; i < values.length; i++) {
            Column column = columns.get(i);
            if (java.lang.reflect.Array.getLength(values[i]) != rows) {
                throw new IllegalArgumentException("column " + column.name + " has another length than "
                        + columns.get(0).name);
            }
            chunks.add(column(column, values[i], rows));
        }
        groups.add(new Group(rows, chunks));
    }

    private Chunk column(Column column, Object values, int rows) throws IOException {
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        int count = rows;
        if (column.kind.list) {
            Object[] lists = (Object[]) values;
            ByteArrayOutputStream repetition = new ByteArrayOutputStream();
            count = 0;
            for (Object list : lists) {
                int n = java.lang.reflect.Array.getLength(list);
                if (n == 0) {
                    throw new IllegalArgumentException("column " + column.name + " has an empty list");
                }
                run(repetition, 1, 0);
                if (n > 1) {
                    run(repetition, n - 1, 1);
                }
                count += n;
            }
            levels(page, repetition.toByteArray());
        }
        ByteArrayOutputStream definition = new ByteArrayOutputStream();
        run(definition, count, column.kind.list ? 3 : 1);
        levels(page, definition.toByteArray());
        plain(page, column.kind, values);

        ThriftCompact header = new ThriftCompact()
                .i32(1, DATA_PAGE)
                .i32(2, page.size())
                .i32(3, page.size())
                .struct(5)
                .i32(1, count)
                .i32(2, PLAIN)
                .i32(3, RLE)
                .i32(4, RLE)
                .end()
                .end();
        long offset = position;
        write(header.bytes());
        write(page.toByteArray());
        return new Chunk(offset, (int) (position - offset), count);
    }

    /// A run of the hybrid encoding; our levels fit a byte.
    private static void run(ByteArrayOutputStream to, int length, int level) {
        int header = length << 1;
        while ((header & ~0x7F) != 0) {
            to.write(header & 0x7F | 0x80);
            header >>>= 7;
        }
        to.write(header);
        to.write(level);
    }

    private static void levels(ByteArrayOutputStream page, byte[] encoded) {
        page.writeBytes(little(4).putInt(encoded.length).array());
        page.writeBytes(encoded);
    }

    private static void plain(ByteArrayOutputStream page, Kind kind, Object values) {
        switch (kind) {
            case INT64 -> {
                for (long v : (long[]) values) {
                    page.writeBytes(little(8).putLong(v).array());
                }
            }
            case FLOAT -> floats(page, (float[]) values);
            case DOUBLE -> {
                for (double v : (double[]) values) {
                    page.writeBytes(little(8).putDouble(v).array());
                }
            }
            case STRING -> strings(page, (String[]) values);
            case FLOAT_LIST -> {
                for (float[] list : (float[][]) values) {
                    floats(page, list);
                }
            }
            case STRING_LIST -> {
                for (String[] list : (String[][]) values) {
                    strings(page, list);
                }
            }
        }
    }

    private static void floats(ByteArrayOutputStream page, float[] values) {
        for (float v : values) {
            page.writeBytes(little(4).putFloat(v).array());
        }
    }

    private static void strings(ByteArrayOutputStream page, String[] values) {
        for (String v : values) {
            byte[] utf8 = v.getBytes(StandardCharsets.UTF_8);
            page.writeBytes(little(4).putInt(utf8.length).array());
            page.writeBytes(utf8);
        }
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        position += bytes.length;
    }

    /// Writes the footer; without it nobody can read the file.
    @Override
    public void close() throws IOException {
        try (out) {
            byte[] footer = footer();
            write(footer);
            write(little(4).putInt(footer.length).array());
            write(MAGIC);
        }
    }

    private byte[] footer() {
        ThriftCompact t = new ThriftCompact().i32(1, 2);
        schema(t);
        long rows = 0;
        for (Group g : groups) {
            rows += g.rows;
        }
        t.i64(3, rows).structs(4, groups.size());
        for (Group g : groups) {
            group(t.element(), g);
            t.end();
        }
        if (!metadata.isEmpty()) {
            t.structs(5, metadata.size());
            metadata.forEach((key, value) -> t.element().string(1, key).string(2, value).end());
        }
        return t.string(6, "sinew").end().bytes();
    }

    private void schema(ThriftCompact t) {
        int elements = 1;
        for (Column c : columns) {
            elements += c.kind.list ? 3 : 1;
        }
        t.structs(2, elements).element().string(4, "schema").i32(5, columns.size()).end();
        for (Column c : columns) {
            if (c.kind.list) {
                t.element().i32(3, OPTIONAL).string(4, c.name).i32(5, 1).i32(6, CONVERTED_LIST).end();
                t.element().i32(3, REPEATED).string(4, "list").i32(5, 1).end();
            }
            t.element().i32(1, c.kind.physical).i32(3, OPTIONAL).string(4, c.kind.list ? "element" : c.name);
            if (c.kind == Kind.STRING || c.kind == Kind.STRING_LIST) {
                t.i32(6, UTF8);
            }
            t.end();
        }
    }

    private void group(ThriftCompact t, Group g) {
        long bytes = 0;
        t.structs(1, columns.size());
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            Chunk chunk = g.chunks.get(i);
            bytes += chunk.size;
            t.element().i64(2, chunk.offset).struct(3)
                    .i32(1, column.kind.physical)
                    .i32s(2, PLAIN, RLE)
                    .strings(3, column.path())
                    .i32(4, UNCOMPRESSED)
                    .i64(5, chunk.values)
                    .i64(6, chunk.size)
                    .i64(7, chunk.size)
                    .i64(9, chunk.offset)
                    .end()
                    .end();
        }
        t.i64(2, bytes).i64(3, g.rows);
    }
}
