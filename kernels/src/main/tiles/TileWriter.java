import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Writes the register tiles, the innermost loops of every matrix product: one class per weight type, one
/// method per number of rows and vectors. They are written out because C2 puts vectors that cross a call or
/// sit in an array on the heap, and by a program because thirty such methods differ in nothing else.
///
/// A tile adds x[row] * W to `rows` rows of `vectors` vectors of accumulators: per depth it loads a vector of
/// weights per vector and broadcasts one input per row. Register budget: 6 rows by 2 vectors are 12 accumulators,
/// 2 weights, 1 input, of 16 registers. A fused multiply-add takes 4 cycles and two start in each, so fewer than
/// 8 accumulators wait for each other: few rows want four vectors. More than 16 accumulators would fit into 32
/// registers, but a method with more accesses to memory passes C2's limit of nodes, which then leaves a call in
/// the loop (seen with 4 rows by 4 vectors of F32: a sixth of the speed).
final class TileWriter {
    private static final int[] ROWS = {1, 2, 3, 4, 6};

    private final StringBuilder out = new StringBuilder();
    private final Type type;

    private enum Type {
        F32(1, 12),
        BF16(2, 16),
        INT8(4, 16);

        /// Depths that share a 32-bit word.
        final int group;

        final int mostAccumulators;

        Type(int group, int mostAccumulators) {
            this.group = group;
            this.mostAccumulators = mostAccumulators;
        }

        /// Class of the vectors of words.
        String word() {
            return this == F32 ? "FloatVector" : "IntVector";
        }

        String species() {
            return this == F32 ? "Simd.FLOATS" : "Simd.INTS";
        }

        String className() {
            return switch (this) {
                case F32 -> "TilesF32";
                case BF16 -> "TilesBf16";
                case INT8 -> "TilesInt8";
            };
        }

        /// Widens the weights of depth `j` of the group out of the words `p`.
        String widen(String p, int j) {
            return switch (this) {
                case F32 -> p;
                case BF16 -> j == 0
                        ? p + ".lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()"
                        : p + ".and(0xffff0000).reinterpretAsFloats()";
                case INT8 ->
                        "(FloatVector) " + p + ".lanewise(VectorOperators.LSHL, shift).convert(VectorOperators.I2F, 0)";
            };
        }
    }

    private TileWriter(Type type) {
        this.type = type;
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]).resolve("sinew").resolve("kernels");
        Files.createDirectories(folder);
        for (Type type : Type.values()) {
            Path file = folder.resolve(type.className() + ".java");
            String text = new TileWriter(type).write();
            if (!Files.exists(file) || !Files.readString(file).equals(text)) {
                Files.writeString(file, text);
            }
        }
    }

    private String write() {
        out.append("package sinew.kernels;\n\nimport jdk.incubator.vector.FloatVector;\n");
        if (type != Type.F32) {
            out.append("import jdk.incubator.vector.IntVector;\nimport jdk.incubator.vector.VectorOperators;\n");
        }
        out.append("\n/// Written by TileWriter; see there, and [Tiles] for the parameters.\nfinal class ")
                .append(type.className()).append(" {\n    private ").append(type.className()).append("() {}\n");
        for (int rows : ROWS) {
            tile(rows, 2);
            if (4 * rows <= type.mostAccumulators) {
                tile(rows, 4);
            }
        }
        return out.append("}\n").toString();
    }

    /// No helper methods in what is written: in a method of this size C2 may refuse to inline one.
    private void tile(int rows, int vectors) {
        line("");
        line("    static void rows%dvectors%d(".formatted(rows, vectors));
        line("            long[] list, int first, long channel, long weights, long panelStep, int groups,");
        line("            long to, long toStride, long toStep) {");
        each(rows, r -> "long x%d = list[first + %d] + channel;".formatted(r, 2 * r));
        each(rows, r -> "long to%d = to + list[first + %d] * toStride;".formatted(r, 2 * r + 1));
        each(vectors, v -> "long w%d = weights + Simd.offset(%d, panelStep);".formatted(v, v));
        each(vectors, v -> "long o%d = Simd.offset(%d, toStep);".formatted(v, v));
        both(rows, vectors, (r, v) -> "FloatVector a%d_%d = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, to%d + o%d, Simd.ORDER);".formatted(r, v, r, v));
        line("        for (int i = 0; i < groups; i++) {");
        line("            long at = (long) Panels.GROUP_BYTES * i;");
        line("            long from = (long) %d * i;".formatted(Float.BYTES * type.group));
        each(vectors, v -> "    %s p%d = %s.fromMemorySegment(%s, Simd.ALL, w%d + at, Simd.ORDER);".formatted(
                type.word(), v, type.word(), type.species(), v));
        if (type == Type.INT8) {
            // A loop: written out, the method is too long for C1, and the interpreter is slow beyond patience.
            line("            for (int shift = 24; shift >= 0; shift -= 8, from += Float.BYTES) {");
            depth(rows, vectors, 0);
            line("            }");
        } else {
            for (int j = 0; j < type.group; j++) {
                depth(rows, vectors, j);
            }
        }
        line("        }");
        both(rows, vectors, (r, v) -> "a%d_%d.intoMemorySegment(Simd.ALL, to%d + o%d, Simd.ORDER);".formatted(r, v, r, v));
        line("    }");
    }

    private void depth(int rows, int vectors, int j) {
        if (type != Type.F32) {
            each(vectors, v -> "    FloatVector w%d_%d = %s;".formatted(v, j, type.widen("p" + v, j)));
        }
        for (int r = 0; r < rows; r++) {
            int row = r;
            line("            FloatVector x%d_%d = FloatVector.broadcast(Simd.FLOATS, Simd.ALL.get(Simd.FLOAT, x%d + from + %d));"
                    .formatted(r, j, r, j * Float.BYTES));
            each(vectors, v -> "    a%d_%d = x%d_%d.fma(%s, a%d_%d);".formatted(
                    row, v, row, j, type == Type.F32 ? "p" + v : "w" + v + "_" + j, row, v));
        }
    }

    private interface Cell {
        String at(int row, int vector);
    }

    private void both(int rows, int vectors, Cell cell) {
        for (int r = 0; r < rows; r++) {
            int row = r;
            each(vectors, v -> cell.at(row, v));
        }
    }

    private void each(int count, IntFunction<String> text) {
        out.append(IntStream.range(0, count)
                .mapToObj(i -> "        " + text.apply(i) + "\n")
                .collect(Collectors.joining()));
    }

    private void line(String text) {
        out.append(text).append('\n');
    }
}
