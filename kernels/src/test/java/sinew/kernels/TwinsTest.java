package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The vector kernels against the plain ones, to the bit, for any shape, any number of parts and any
/// mix of samples; and nothing but the output may change.
class TwinsTest {
    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();

    @Property(shrinking = ShrinkingMode.OFF)
    void linear(@ForAll long seed) {
        twins(seed, samples -> {
            int inputs = samples.between(1, 70);
            WeightType type = samples.weightType();
            int from = samples.oneOf(0, 0, 3) * type.group();
            int outputs = samples.between(1, 50);
            Rows x = samples.rows(samples.oneOf(1, 2, 3, 4, 5, 6, 7, 8, 14, 300), inputs);
            Linear op = new Linear(
                    from,
                    inputs,
                    outputs,
                    samples.panels(type, outputs, from + inputs + (type == WeightType.F32 ? from : 0)),
                    samples.vectorOrNull(outputs));
            Activation activation = samples.activation();
            return new Case(
                    samples.rows(x.rows(), outputs),
                    (kernels, out, part, parts) -> kernels.linear(op, x, out, activation, part, parts));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void conv1d(@ForAll long seed) {
        twins(seed, samples -> {
            int taps = samples.oneOf(1, 2, 3, 4, 5, 5, 5, 7, 17);
            int stride = samples.oneOf(1, 1, 1, 2, 3);
            int pad = samples.oneOf(0, taps / 2, taps / 2, taps - 1);
            int time = Math.max(samples.oneOf(2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 64), taps - 2 * pad);
            int cin = samples.oneOf(1, 3, 16, 64, 65, 130);
            int cout = samples.oneOf(1, 6, 16, 24, 32, 33);
            int batch = samples.oneOf(1, 1, 2, 5);
            Conv1d op = new Conv1d(
                    time,
                    cin,
                    cout,
                    taps,
                    stride,
                    pad,
                    samples.panels(samples.weightType(), cout, cin, taps),
                    samples.vectorOrNull(cout));
            Rows x = samples.rows(batch * time, cin);
            return new Case(
                    samples.rows(batch * op.timeOut(), cout),
                    (kernels, out, part, parts) -> kernels.conv1d(op, x, out, batch, part, parts),
                    batch,
                    (kernels, out, sample) ->
                            kernels.conv1d(op, Samples.slice(x, sample * time, time), out, 1, 0, 1));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void convTranspose1d(@ForAll long seed) {
        twins(seed, samples -> {
            int taps = samples.oneOf(1, 2, 3, 4, 4, 4, 5);
            int stride = samples.oneOf(1, 2, 2, 2, 3);
            int pad = samples.oneOf(0, Math.min(1, taps - 1));
            int time = samples.oneOf(2, 3, 4, 5, 8, 32, 150);
            int cin = samples.oneOf(1, 16, 64, 70);
            int cout = samples.oneOf(1, 6, 16, 24, 32);
            int batch = samples.oneOf(1, 1, 2, 3);
            ConvTranspose1d op = new ConvTranspose1d(
                    time,
                    cin,
                    cout,
                    taps,
                    stride,
                    pad,
                    samples.panels(samples.weightType(), cout, cin, taps),
                    samples.vectorOrNull(cout));
            Rows x = samples.rows(batch * time, cin);
            return new Case(
                    samples.rows(batch * op.timeOut(), cout),
                    (kernels, out, part, parts) -> kernels.convTranspose1d(op, x, out, batch, part, parts),
                    batch,
                    (kernels, out, sample) ->
                            kernels.convTranspose1d(op, Samples.slice(x, sample * time, time), out, 1, 0, 1));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void conv2d(@ForAll long seed) {
        twins(seed, samples -> {
            int kernel = samples.oneOf(1, 3, 3, 7);
            int stride = samples.oneOf(1, 2);
            int pad = samples.oneOf(0, kernel / 2, kernel / 2);
            int height = Math.max(samples.between(1, 9), kernel - 2 * pad);
            int width = Math.max(samples.oneOf(1, 3, 6, 11, 20), kernel - 2 * pad);
            int cin = samples.oneOf(1, 3, 16, 40);
            // The last one has weights large enough to be divided by panels.
            int cout = samples.oneOf(5, 16, 33, kernel == 7 && cin == 40 ? 160 : 24);
            int batch = samples.oneOf(1, 2, 3);
            Conv2d op = new Conv2d(
                    height,
                    width,
                    cin,
                    cout,
                    kernel,
                    kernel,
                    stride,
                    pad,
                    samples.panels(WeightType.F32, cout, cin * kernel * kernel),
                    samples.vectorOrNull(cout));
            Rows x = samples.rows(batch * height * width, cin);
            int positions = op.heightOut() * op.widthOut();
            Rows residual = samples.rowsOrNull(batch * positions, cout);
            Activation activation = samples.activation();
            return new Case(
                    samples.rows(batch * positions, cout),
                    (kernels, out, part, parts) ->
                            kernels.conv2d(op, x, out, residual, activation, batch, part, parts),
                    batch,
                    (kernels, out, sample) -> kernels.conv2d(
                            op,
                            Samples.slice(x, sample * height * width, height * width),
                            out,
                            residual == null ? null : Samples.slice(residual, sample * positions, positions),
                            activation,
                            1,
                            0,
                            1));
        });
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void winograd2d(@ForAll long seed) {
        twins(seed, samples -> {
            int height = samples.oneOf(1, 2, 4, 7, 8, 13);
            int width = samples.oneOf(1, 3, 6, 11, 20);
            int cin = samples.oneOf(16, 16, 16, 48, 80);
            // The last one has weights large enough to be divided by panels, and a column of few panels.
            int cout = samples.oneOf(16, 32, 80, cin == 80 ? 400 : 16);
            int batch = samples.oneOf(1, 2, 3);
            Panels plain = samples.panels(WeightType.F32, cout, 9 * cin);
            MemorySegment memory = NativeMemory.bytes(samples.arena, Winograd2d.weightBytes(cin, cout));
            Winograd2d op = new Winograd2d(
                    height, width, cin, cout, Winograd2d.transform(plain, cin, memory), samples.vectorOrNull(cout));
            int positions = height * width;
            Rows x = samples.rows(batch * positions, cin);
            Rows residual = samples.rowsOrNull(batch * positions, cout);
            Activation activation = samples.activation();
            return new Case(
                    samples.rows(batch * positions, cout),
                    (kernels, out, part, parts) ->
                            kernels.winograd2d(op, x, out, residual, activation, batch, part, parts),
                    batch,
                    (kernels, out, sample) -> kernels.winograd2d(
                            op,
                            Samples.slice(x, sample * positions, positions),
                            out,
                            residual == null ? null : Samples.slice(residual, sample * positions, positions),
                            activation,
                            1,
                            0,
                            1));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void maxPool2d(@ForAll long seed) {
        twins(seed, samples -> {
            int window = samples.oneOf(1, 2, 3);
            int pad = samples.oneOf(0, window / 2);
            int height = samples.between(window, 9);
            int width = samples.between(window, 9);
            MaxPool2d op = new MaxPool2d(height, width, samples.between(1, 40), window, samples.oneOf(1, 2), pad);
            int batch = samples.oneOf(1, 3);
            Rows x = samples.rows(batch * height * width, op.channels());
            return new Case(
                    samples.rows(batch * op.heightOut() * op.widthOut(), op.channels()),
                    (kernels, out, part, parts) -> kernels.maxPool2d(op, x, out, batch, part, parts));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void groupNormMish(@ForAll long seed) {
        twins(seed, samples -> {
            GroupNorm op = groupNorm(samples);
            int batch = samples.oneOf(1, 2, 3);
            int positions = samples.oneOf(1, 4, 16, 64, 65, 200);
            Rows x = samples.rows(batch * positions, op.channels());
            boolean scale = samples.random.nextBoolean();
            Rows film = samples.rowsOrNull(batch, scale ? 2 * op.channels() : op.channels());
            Rows residual = samples.rowsOrNull(x.rows(), op.channels());
            return new Case(
                    samples.rows(x.rows(), op.channels()),
                    (kernels, out, part, parts) ->
                            kernels.groupNormMish(op, x, out, film, scale, residual, batch, part, parts),
                    batch,
                    (kernels, out, sample) -> kernels.groupNormMish(
                            op,
                            Samples.slice(x, sample * positions, positions),
                            out,
                            film == null ? null : Samples.slice(film, sample, 1),
                            scale,
                            residual == null ? null : Samples.slice(residual, sample * positions, positions),
                            1,
                            0,
                            1));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void groupNormAdd(@ForAll long seed) {
        twins(seed, samples -> {
            GroupNorm op = groupNorm(samples);
            int batch = samples.oneOf(1, 2, 3);
            Rows x = samples.rows(batch * samples.oneOf(1, 9, 64, 65, 200), op.channels());
            Rows residual = samples.rowsOrNull(x.rows(), op.channels());
            Activation activation = samples.activation();
            return new Case(
                    samples.rows(x.rows(), op.channels()),
                    (kernels, out, part, parts) ->
                            kernels.groupNormAdd(op, x, out, residual, activation, batch, part, parts));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void activateAndAdd(@ForAll long seed) {
        twins(seed, samples -> {
            Rows x = samples.rows(samples.between(1, 9), samples.between(1, 70));
            Activation activation = samples.activation();
            return new Case(
                    samples.rows(x.rows(), x.columns()),
                    (kernels, out, part, parts) -> kernels.activate(activation, x, out, part, parts));
        });
        twins(seed, samples -> {
            Rows a = samples.rows(samples.between(1, 9), samples.between(1, 70));
            Rows b = samples.rows(a.rows() % 2 == 0 ? a.rows() / samples.oneOf(1, 2) : a.rows(), a.columns());
            return new Case(
                    samples.rows(a.rows(), a.columns()),
                    (kernels, out, part, parts) -> kernels.add(a, b, out, part, parts));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void layerNorm(@ForAll long seed) {
        twins(seed, samples -> {
            int channels = samples.oneOf(1, 3, 8, 15, 16, 17, 31, 40, 64, 100, 257);
            LayerNorm op = samples.random.nextBoolean()
                    ? new LayerNorm(channels, 1e-6f)
                    : new LayerNorm(channels, 1e-5f, samples.vector(channels), samples.vector(channels));
            Rows x = samples.rows(samples.between(1, 9), channels);
            return new Case(
                    samples.rows(x.rows(), channels),
                    (kernels, out, part, parts) -> kernels.layerNorm(op, x, out, part, parts));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void attention(@ForAll long seed) {
        twins(seed, samples -> {
            int batch = samples.oneOf(1, 2, 3);
            // 50 and 100 queries: more than are answered together.
            Attention op = new Attention(
                    samples.oneOf(1, 2, 3), samples.oneOf(1, 3, 8, 16, 20, 33, 64), samples.oneOf(1, 2, 5, 7, 16, 50, 100),
                    samples.oneOf(1, 2, 6, 15, 16, 17, 26, 40, 70));
            Rows q = samples.rows(batch * op.queries(), op.channels());
            Rows k = samples.rows(batch * op.keys(), op.channels());
            Rows v = samples.rows(batch * op.keys(), op.channels());
            boolean own = samples.random.nextBoolean();
            Rows mask = samples.rowsOrNull(own ? q.rows() : op.queries(), op.keys());
            for (int row = 0; mask != null && row < mask.rows(); row++) {
                for (int key = 0; key < op.keys(); key++) {
                    boolean hidden = key != row % op.keys() && samples.random.nextInt(3) == 0;
                    mask.set(row, key, hidden ? Float.NEGATIVE_INFINITY : 0);
                }
            }
            return new Case(
                    samples.rows(q.rows(), op.channels()),
                    (kernels, out, part, parts) -> kernels.attention(op, q, k, v, mask, out, batch, part, parts),
                    batch,
                    (kernels, out, sample) -> kernels.attention(
                            op,
                            Samples.slice(q, sample * op.queries(), op.queries()),
                            Samples.slice(k, sample * op.keys(), op.keys()),
                            Samples.slice(v, sample * op.keys(), op.keys()),
                            mask == null || mask.rows() == op.queries()
                                    ? mask
                                    : Samples.slice(mask, sample * op.queries(), op.queries()),
                            out,
                            1,
                            0,
                            1));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void rotate(@ForAll long seed) {
        twins(seed, samples -> {
            int batch = samples.oneOf(1, 2, 3);
            int headSize = samples.oneOf(2, 6, 16, 32, 34, 64);
            int positions = samples.oneOf(1, 5, 12);
            Rotary op = new Rotary(
                    samples.oneOf(1, 2, 3), headSize, positions, samples.vector(positions * headSize / 2),
                    samples.vector(positions * headSize / 2));
            Rows x = samples.rows(batch * positions, op.heads() * headSize);
            return new Case(
                    samples.rows(x.rows(), x.columns()),
                    (kernels, out, part, parts) -> kernels.rotate(op, x, out, batch, part, parts));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void modulateAndAddGated(@ForAll long seed) {
        twins(seed, samples -> {
            int batch = samples.oneOf(1, 2, 3);
            Rows x = samples.rows(batch * samples.oneOf(1, 5, 12), samples.between(1, 70));
            Rows shift = samples.rows(batch, x.columns());
            Rows scale = samples.rows(batch, x.columns());
            return new Case(
                    samples.rows(x.rows(), x.columns()),
                    (kernels, out, part, parts) -> kernels.modulate(x, shift, scale, out, batch, part, parts));
        });
        twins(seed, samples -> {
            int batch = samples.oneOf(1, 2, 3);
            Rows x = samples.rows(batch * samples.oneOf(1, 5, 12), samples.between(1, 70));
            Rows gate = samples.rows(batch, x.columns());
            Rows residual = samples.rows(x.rows(), x.columns());
            return new Case(
                    samples.rows(x.rows(), x.columns()),
                    (kernels, out, part, parts) -> kernels.addGated(x, gate, residual, out, batch, part, parts));
        });
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void copyTokens(@ForAll long seed) {
        twins(seed, samples -> {
            int batch = samples.oneOf(1, 2, 3);
            int from = samples.between(0, 4);
            int to = samples.between(0, 4);
            int count = samples.between(1, 5);
            Rows x = samples.rows(batch * (from + count + samples.between(0, 3)), samples.between(1, 40));
            return new Case(
                    samples.rows(batch * (to + count + samples.between(0, 3)), x.columns()),
                    (kernels, out, part, parts) -> kernels.copyTokens(x, from, out, to, count, batch, part, parts));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void averagePool(@ForAll long seed) {
        twins(seed, samples -> {
            int batch = samples.oneOf(1, 2, 3);
            int positions = samples.oneOf(1, 9, 150);
            Rows x = samples.rows(batch * positions, samples.oneOf(1, 7, 8, 32, 35, 130));
            return new Case(
                    samples.rows(batch, x.columns()),
                    (kernels, out, part, parts) -> kernels.averagePool(x, out, batch, part, parts),
                    batch,
                    (kernels, out, sample) -> kernels.averagePool(
                            Samples.slice(x, sample * positions, positions), out, 1, 0, 1));
        });
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void spatialSoftmax(@ForAll long seed) {
        twins(seed, samples -> {
            int batch = samples.oneOf(1, 2, 3);
            int positions = samples.oneOf(1, 9, 150);
            Rows x = samples.rows(batch * positions, samples.oneOf(1, 7, 8, 32, 35));
            MemorySegment grid = samples.vector(2 * positions);
            return new Case(
                    samples.rows(batch, 2 * x.columns()),
                    (kernels, out, part, parts) -> kernels.spatialSoftmax(x, grid, out, batch, part, parts));
        });
    }

    @Test
    void groupNormWorksInPlace() {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, 7);
            GroupNorm op = new GroupNorm(4, 64, 1e-5f, samples.vector(64), samples.vector(64));
            Rows x = samples.rows(20, 64);
            Rows film = samples.rows(2, 128);
            for (Kernels kernels : new Kernels[] {scalar, vector}) {
                Rows apart = samples.copy(x);
                Rows inPlace = samples.copy(x);
                Rows again = samples.copy(x);
                kernels.groupNormMish(op, x, apart, film, true, x, 2, 0, 1);
                kernels.groupNormMish(op, inPlace, inPlace, film, true, again, 2, 0, 1);
                assertEquals(-1, apart.memory().mismatch(inPlace.memory()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5})
    void aTeamGivesTheSameBytesAsOneThread(int threads) {
        try (Arena arena = Arena.ofShared();
                Workers workers = Workers.of(threads)) {
            Samples samples = new Samples(arena, threads);
            // 86 outputs: the last panel is narrow and goes through the thread's scratch.
            Panels weights = samples.panels(WeightType.BF16, 86, 70, 5);
            Conv1d op = new Conv1d(10, 70, 86, 5, 1, 2, weights, samples.vector(86));
            Rows x = samples.rows(30, 70);
            Rows want = samples.rows(30, 86);
            Rows got = samples.copy(want);
            vector.conv1d(op, x, want, 3, 0, 1);
            for (int round = 0; round < 200; round++) {
                got.memory().fill((byte) round);
                workers.run((part, parts) -> vector.conv1d(op, x, got, 3, part, parts));
                for (int row = 0; row < 30; row++) {
                    for (int c = 0; c < 86; c++) {
                        assertEquals(want.at(row, c), got.at(row, c));
                    }
                }
            }
        }
    }

    private static GroupNorm groupNorm(Samples samples) {
        int groups = samples.oneOf(1, 2, 8);
        int channels = groups * samples.oneOf(1, 3, 4, 8, 11, 16, 17, 32);
        return new GroupNorm(groups, channels, 1e-5f, samples.vector(channels), samples.vector(channels));
    }

    /// One sample computed alone.
    @FunctionalInterface
    private interface Alone {
        void run(Kernels kernels, Rows out, int sample);
    }

    private record Case(Rows out, Operation operation, int batch, Alone alone) {
        Case(Rows out, Operation operation) {
            this(out, operation, 0, null);
        }
    }

    private void twins(long seed, Function<Samples, Case> describe) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            Case test = describe.apply(samples);
            Rows want = samples.copy(test.out());
            test.operation().runAll(scalar, want, 1);
            for (Kernels kernels : new Kernels[] {scalar, vector}) {
                for (int parts : new int[] {1, 2, 3, 5}) {
                    Rows got = samples.copy(test.out());
                    test.operation().runAll(kernels, got, parts);
                    same(want, got, kernels.name() + " in " + parts + " parts");
                }
            }
            Rows got = samples.copy(test.out());
            for (int sample = 0; sample < test.batch(); sample++) {
                int rows = got.rows() / test.batch();
                test.alone().run(vector, Samples.slice(got, sample * rows, rows), sample);
            }
            if (test.batch() > 0) {
                same(want, got, "samples alone");
            }
        }
    }

    /// Compares all of the memory: the gaps between the rows must be untouched.
    private static void same(Rows want, Rows got, String how) {
        long at = want.memory().mismatch(got.memory());
        if (at >= 0) {
            int index = (int) (at / Float.BYTES);
            int row = index / want.stride();
            int column = index % want.stride();
            assertEquals(
                    Samples.at(want.memory(), index),
                    Samples.at(got.memory(), index),
                    how + " differs at [" + row + ", " + column + "] of [" + want.rows() + ", " + want.columns() + "]");
        }
        assertEquals(-1, at, how);
    }
}
