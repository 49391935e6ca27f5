package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The plain kernels against the textbook in double precision, written the other way round: convolutions
/// scatter each input to the outputs it reaches, instead of gathering.
class DefinitionsTest {
    private final Kernels kernels = Kernels.checked(new ScalarKernels());

    @Property(tries = 50, shrinking = ShrinkingMode.OFF)
    void linear(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            WeightType type = samples.weightType();
            int from = samples.between(0, 3) * type.group();
            int inputs = samples.between(1, 30);
            int outputs = samples.between(1, 20);
            Panels weights = samples.panels(type, outputs, from + inputs + (type == WeightType.F32 ? 1 : 0));
            Linear op = new Linear(from, inputs, outputs, weights, samples.vectorOrNull(outputs));
            Rows x = samples.rows(samples.between(1, 7), inputs);
            double[][] want = biased(x.rows(), outputs, op.bias());
            for (int i = 0; i < inputs; i++) {
                for (int row = 0; row < x.rows(); row++) {
                    for (int o = 0; o < outputs; o++) {
                        want[row][o] += (double) x.at(row, i) * weights.scaled(o, from + i);
                    }
                }
            }
            Rows out = samples.rows(x.rows(), outputs);
            kernels.linear(op, x, out, Activation.RELU, 0, 1);
            same(map(want, value -> Math.max(value, 0)), out);
        }
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void conv1d(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            int taps = samples.between(1, 6);
            int time = samples.between(taps, 9);
            int cin = samples.between(1, 5);
            int cout = samples.between(1, 18);
            int batch = samples.between(1, 3);
            Panels weights = samples.panels(samples.weightType(), cout, cin, taps);
            Conv1d op = new Conv1d(
                    time, cin, cout, taps, samples.between(1, 3), samples.between(0, taps - 1), weights,
                    samples.vectorOrNull(cout));
            Rows x = samples.rows(batch * time, cin);
            double[][] want = biased(batch * op.timeOut(), cout, op.bias());
            for (int row = 0; row < x.rows(); row++) {
                for (int tap = 0; tap < taps; tap++) {
                    int scaled = row % time + op.pad() - tap;
                    if (scaled < 0 || scaled % op.stride() != 0 || scaled / op.stride() >= op.timeOut()) {
                        continue;
                    }
                    double[] target = want[row / time * op.timeOut() + scaled / op.stride()];
                    scatter(x, row, weights, cin, tap, target);
                }
            }
            Rows out = samples.rows(batch * op.timeOut(), cout);
            kernels.conv1d(op, x, out, batch, 0, 1);
            same(want, out);
        }
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void convTranspose1d(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            int taps = samples.between(1, 5);
            int time = samples.between(2, 6);
            int cin = samples.between(1, 5);
            int cout = samples.between(1, 18);
            int batch = samples.between(1, 3);
            Panels weights = samples.panels(samples.weightType(), cout, cin, taps);
            ConvTranspose1d op = new ConvTranspose1d(
                    time, cin, cout, taps, samples.between(1, 3), samples.between(0, (taps - 1) / 2), weights,
                    samples.vectorOrNull(cout));
            Rows x = samples.rows(batch * time, cin);
            double[][] want = biased(batch * op.timeOut(), cout, op.bias());
            for (int row = 0; row < x.rows(); row++) {
                for (int tap = 0; tap < taps; tap++) {
                    int to = row % time * op.stride() - op.pad() + tap;
                    if (to >= 0 && to < op.timeOut()) {
                        scatter(x, row, weights, cin, tap, want[row / time * op.timeOut() + to]);
                    }
                }
            }
            Rows out = samples.rows(batch * op.timeOut(), cout);
            kernels.convTranspose1d(op, x, out, batch, 0, 1);
            same(want, out);
        }
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void conv2d(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            int kernelHeight = samples.between(1, 3);
            int kernelWidth = samples.between(1, 3);
            int pad = samples.between(0, 1);
            int height = samples.between(3, 6);
            int width = samples.between(3, 6);
            int cin = samples.between(1, 4);
            int cout = samples.between(1, 18);
            int batch = samples.between(1, 2);
            Panels weights = samples.panels(WeightType.F32, cout, kernelHeight * kernelWidth * cin);
            Conv2d op = new Conv2d(
                    height, width, cin, cout, kernelHeight, kernelWidth, samples.between(1, 2), pad, weights,
                    samples.vectorOrNull(cout));
            Rows x = samples.rows(batch * height * width, cin);
            Rows residual = samples.rowsOrNull(batch * op.heightOut() * op.widthOut(), cout);
            double[][] want = biased(batch * op.heightOut() * op.widthOut(), cout, op.bias());
            for (int row = 0; row < x.rows(); row++) {
                for (int tap = 0; tap < kernelHeight * kernelWidth; tap++) {
                    int y = row / width % height + pad - tap / kernelWidth;
                    int column = row % width + pad - tap % kernelWidth;
                    if (!reaches(y, op.stride(), op.heightOut()) || !reaches(column, op.stride(), op.widthOut())) {
                        continue;
                    }
                    int line = row / width / height * op.heightOut() + y / op.stride();
                    for (int c = 0; c < cin; c++) {
                        for (int o = 0; o < cout; o++) {
                            want[line * op.widthOut() + column / op.stride()][o] +=
                                    (double) x.at(row, c) * weights.scaled(o, tap * cin + c);
                        }
                    }
                }
            }
            addAll(want, residual);
            Rows out = samples.rows(want.length, cout);
            kernels.conv2d(op, x, out, residual, Activation.MISH, batch, 0, 1);
            same(map(want, DefinitionsTest::mish), out);
        }
    }

    @Property(tries = 50, shrinking = ShrinkingMode.OFF)
    void maxPool2d(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            int batch = samples.between(1, 2);
            MaxPool2d op = new MaxPool2d(samples.between(3, 7), samples.between(3, 7), 5, 3, samples.between(1, 2), 1);
            Rows x = samples.rows(batch * op.heightIn() * op.widthIn(), 5);
            double[][] want = new double[batch * op.heightOut() * op.widthOut()][5];
            for (int row = 0; row < want.length; row++) {
                int line = row / op.widthOut();
                for (int c = 0; c < 5; c++) {
                    want[row][c] = Double.NEGATIVE_INFINITY;
                    for (int from = 0; from < op.heightIn() * op.widthIn(); from++) {
                        int dy = from / op.widthIn() - line % op.heightOut() * op.stride();
                        int dx = from % op.widthIn() - row % op.widthOut() * op.stride();
                        int sample = line / op.heightOut() * op.heightIn() * op.widthIn();
                        if (Math.abs(dy) <= 1 && Math.abs(dx) <= 1) {
                            want[row][c] = Math.max(want[row][c], x.at(sample + from, c));
                        }
                    }
                }
            }
            Rows out = samples.rows(want.length, 5);
            kernels.maxPool2d(op, x, out, batch, 0, 1);
            same(want, out);
        }
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void groupNorm(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            int groups = samples.between(1, 4);
            int channels = groups * samples.between(1, 9);
            int batch = samples.between(1, 3);
            int positions = samples.oneOf(2, 9, 70, 130);
            GroupNorm op =
                    new GroupNorm(groups, channels, 1e-5f, samples.vector(channels), samples.vector(channels));
            Rows x = samples.rows(batch * positions, channels);
            Rows residual = samples.rowsOrNull(x.rows(), channels);
            double[][] norm = normalized(op, x, batch);

            Rows film = samples.rows(batch, 2 * channels);
            double[][] want = map(norm, DefinitionsTest::mish);
            film(want, film, channels, positions);
            addAll(want, residual);
            Rows out = samples.rows(x.rows(), channels);
            kernels.groupNormMish(op, x, out, film, true, residual, batch, 0, 1);
            same(want, out);

            Rows bias = film.channels(channels, channels);
            want = map(norm, DefinitionsTest::mish);
            for (int row = 0; row < want.length; row++) {
                for (int c = 0; c < channels; c++) {
                    want[row][c] += bias.at(row / positions, c);
                }
            }
            kernels.groupNormMish(op, x, out, bias, false, null, batch, 0, 1);
            same(want, out);

            want = map(norm, value -> value);
            addAll(want, residual);
            kernels.groupNormAdd(op, x, out, residual, Activation.RELU, batch, 0, 1);
            same(map(want, value -> Math.max(value, 0)), out);
        }
    }

    /// A quarter of the multiplications costs some accuracy: at most four times the definition's own rounding error,
    /// both against double precision.
    @ParameterizedTest
    @ValueSource(ints = {16, 64, 256})
    void winograd2dRoundsAlmostAsWell(int channels) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, channels);
            int height = 9;
            int width = 14;
            int cout = 16;
            Panels weights = samples.panels(WeightType.F32, cout, 9 * channels);
            MemorySegment memory = NativeMemory.bytes(arena, Winograd2d.weightBytes(channels, cout));
            MemorySegment bias = samples.vector(cout);
            Conv2d plain = new Conv2d(height, width, channels, cout, 3, 3, 1, 1, weights, bias);
            Winograd2d op = new Winograd2d(
                    height, width, channels, cout, Winograd2d.transform(weights, channels, memory), bias);
            Rows x = samples.rows(height * width, channels);
            double[][] want = biased(height * width, cout, bias);
            for (int row = 0; row < x.rows(); row++) {
                for (int tap = 0; tap < 9; tap++) {
                    int y = row / width + 1 - tap / 3;
                    int column = row % width + 1 - tap % 3;
                    for (int i = 0; i < channels * cout && reaches(y, 1, height) && reaches(column, 1, width); i++) {
                        want[y * width + column][i % cout] += (double) x.at(row, i / cout)
                                * weights.scaled(i % cout, tap * channels + i / cout);
                    }
                }
            }
            Rows out = samples.rows(height * width, cout);
            kernels.conv2d(plain, x, out, null, Activation.NONE, 1, 0, 1);
            double direct = error(want, out);
            kernels.winograd2d(op, x, out, null, Activation.NONE, 1, 0, 1);
            double winograd = error(want, out);
            System.out.printf("%d channels: error %.1e of the definition, %.1e of Winograd%n", channels, direct, winograd);
            assertTrue(winograd < 4 * direct, channels + " channels: " + winograd + " against " + direct);
        }
    }

    /// Root mean square, relative to that of the values.
    private static double error(double[][] want, Rows got) {
        double squares = 0;
        double total = 0;
        for (int row = 0; row < want.length; row++) {
            for (int c = 0; c < want[row].length; c++) {
                double difference = got.at(row, c) - want[row][c];
                squares += difference * difference;
                total += want[row][c] * want[row][c];
            }
        }
        return Math.sqrt(squares / total);
    }

    @Property(tries = 50, shrinking = ShrinkingMode.OFF)
    void averagePool(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            int batch = samples.between(1, 3);
            int positions = samples.between(1, 30);
            Rows x = samples.rows(batch * positions, samples.between(1, 9));
            double[][] want = new double[batch][x.columns()];
            for (int row = 0; row < x.rows(); row++) {
                for (int c = 0; c < x.columns(); c++) {
                    want[row / positions][c] += (double) x.at(row, c) / positions;
                }
            }
            Rows out = samples.rows(batch, x.columns());
            kernels.averagePool(x, out, batch, 0, 1);
            same(want, out);
        }
    }

    @Property(tries = 50, shrinking = ShrinkingMode.OFF)
    void spatialSoftmax(@ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            int batch = samples.between(1, 3);
            int positions = samples.between(1, 30);
            Rows x = samples.rows(batch * positions, samples.between(1, 9));
            MemorySegment grid = samples.vector(2 * positions);
            double[][] want = new double[batch][2 * x.columns()];
            for (int k = 0; k < x.columns(); k++) {
                double[] sum = new double[batch];
                for (int row = 0; row < x.rows(); row++) {
                    sum[row / positions] += Math.exp(x.at(row, k));
                }
                for (int row = 0; row < x.rows(); row++) {
                    double p = Math.exp(x.at(row, k)) / sum[row / positions];
                    want[row / positions][2 * k] += p * Samples.at(grid, row % positions * 2);
                    want[row / positions][2 * k + 1] += p * Samples.at(grid, row % positions * 2 + 1);
                }
            }
            Rows out = samples.rows(batch, 2 * x.columns());
            kernels.spatialSoftmax(x, grid, out, batch, 0, 1);
            same(want, out);
        }
    }

    private static void scatter(Rows x, int row, Panels weights, int cin, int tap, double[] target) {
        for (int c = 0; c < cin; c++) {
            for (int o = 0; o < target.length; o++) {
                target[o] += (double) x.at(row, c) * weights.scaled(o, tap * Panels.aligned(cin) + c);
            }
        }
    }

    private static boolean reaches(int scaled, int stride, int count) {
        return scaled >= 0 && scaled % stride == 0 && scaled / stride < count;
    }

    private static double[][] normalized(GroupNorm op, Rows x, int batch) {
        int positions = x.rows() / batch;
        int width = op.channels() / op.groups();
        double[][] result = new double[x.rows()][op.channels()];
        for (int unit = 0; unit < batch * op.groups(); unit++) {
            int row = unit / op.groups() * positions;
            int channel = unit % op.groups() * width;
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < positions * width; i++) {
                double value = x.at(row + i / width, channel + i % width);
                sum += value;
                squares += value * value;
            }
            double mean = sum / (positions * width);
            double deviation = Math.sqrt(squares / (positions * width) - mean * mean + op.epsilon());
            for (int i = 0; i < positions * width; i++) {
                int c = channel + i % width;
                double value = (x.at(row + i / width, c) - mean) / deviation;
                result[row + i / width][c] = value * Samples.at(op.gamma(), c) + Samples.at(op.beta(), c);
            }
        }
        return result;
    }

    private static void film(double[][] values, Rows film, int channels, int positions) {
        for (int row = 0; row < values.length; row++) {
            for (int c = 0; c < channels; c++) {
                values[row][c] *= film.at(row / positions, c);
                values[row][c] += film.at(row / positions, channels + c);
            }
        }
    }

    private static void addAll(double[][] values, Rows residual) {
        for (int row = 0; residual != null && row < values.length; row++) {
            for (int c = 0; c < residual.columns(); c++) {
                values[row][c] += residual.at(row, c);
            }
        }
    }

    private static double mish(double x) {
        return x * Math.tanh(Math.log1p(Math.exp(x)));
    }

    private static double[][] biased(int rows, int columns, MemorySegment bias) {
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            for (int c = 0; c < columns; c++) {
                row[c] = Samples.at(bias, c);
            }
        }
        return values;
    }

    @FunctionalInterface
    private interface Pointwise {
        double of(double value);
    }

    private static double[][] map(double[][] values, Pointwise function) {
        double[][] result = new double[values.length][];
        for (int row = 0; row < values.length; row++) {
            result[row] = values[row].clone();
            for (int c = 0; c < result[row].length; c++) {
                result[row][c] = function.of(values[row][c]);
            }
        }
        return result;
    }

    private static void same(double[][] want, Rows got) {
        for (int row = 0; row < want.length; row++) {
            for (int c = 0; c < want[row].length; c++) {
                double tolerance = 2e-5 * Math.max(1, Math.abs(want[row][c]));
                assertEquals(want[row][c], got.at(row, c), tolerance, "at [" + row + ", " + c + "]");
            }
        }
    }
}
