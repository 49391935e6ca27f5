package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever does not fit is refused before a byte is read or written.
class ChecksTest {
    private final Arena arena = Arena.ofConfined();
    private final Samples samples = new Samples(arena, 1);

    static Stream<Kernels> kernels() {
        return Stream.of(Kernels.checked(new ScalarKernels()), Kernels.checked(new VectorKernels()));
    }

    @AfterEach
    void close() {
        arena.close();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void conv1d(Kernels kernels) {
        Panels weights = samples.panels(WeightType.F32, 20, 7, 5);
        MemorySegment bias = samples.vector(20);
        Conv1d op = new Conv1d(8, 7, 20, 5, 1, 2, weights, bias);
        Rows x = samples.rows(8, 7);
        Rows out = samples.rows(8, 20);
        kernels.conv1d(op, x, out, 1, 0, 1);
        refused("x is [8, 7], wanted [16, 7]", () -> kernels.conv1d(op, x, out, 2, 0, 1));
        refused("x is", () -> kernels.conv1d(op, samples.rows(8, 8), out, 1, 0, 1));
        refused("out is", () -> kernels.conv1d(op, x, samples.rows(8, 19), 1, 0, 1));
        refused("part 1 of 1", () -> kernels.conv1d(op, x, out, 1, 1, 1));
        refused("part -1", () -> kernels.conv1d(op, x, out, 1, -1, 2));
        refused("bias", () -> kernels.conv1d(
                new Conv1d(8, 7, 20, 5, 1, 2, weights, samples.vector(19)), x, out, 1, 0, 1));
        refused("weights", () -> kernels.conv1d(
                new Conv1d(8, 7, 20, 4, 1, 2, weights, bias), x, samples.rows(9, 20), 1, 0, 1));
        refused("stride 0", () -> kernels.conv1d(
                new Conv1d(8, 7, 20, 5, 0, 2, weights, bias), x, out, 1, 0, 1));
        refused("window", () -> kernels.conv1d(
                new Conv1d(8, 7, 20, 15, 1, 2, weights, bias), x, out, 1, 0, 1));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void memory(Kernels kernels) {
        Rows x = samples.rows(4, 4);
        Rows heap = Rows.dense(MemorySegment.ofArray(new float[16]), 4, 4);
        Rows readOnly = new Rows(x.memory().asReadOnly(), 4, 4, x.stride());
        Rows crooked = new Rows(NativeMemory.bytes(arena, 100).asSlice(1), 4, 4, 4);
        refused("native", () -> kernels.add(x, heap, x, 0, 1));
        refused("native", () -> kernels.add(x, x, heap, 0, 1));
        refused("aligned", () -> kernels.activate(Activation.RELU, crooked, x, 0, 1));
        refused("read-only", () -> kernels.activate(Activation.RELU, x, readOnly, 0, 1));
        Rows closed;
        try (Arena brief = Arena.ofConfined()) {
            closed = NativeMemory.rows(brief, 4, 4);
        }
        refused("open", () -> kernels.activate(Activation.RELU, closed, x, 0, 1));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void others(Kernels kernels) {
        Panels weights = samples.panels(WeightType.F32, 16, 36);
        Conv2d conv = new Conv2d(5, 5, 4, 16, 3, 3, 1, 1, weights, null);
        Rows x = samples.rows(25, 4);
        Rows out = samples.rows(25, 16);
        refused("residual", () -> kernels.conv2d(conv, x, out, x, Activation.NONE, 1, 0, 1));
        refused("linear wants inputs 33 to 37", () -> kernels.linear(
                new Linear(33, 4, 16, weights, null), x, out, Activation.NONE, 0, 1));
        Panels halves = samples.panels(WeightType.BF16, 16, 36);
        refused("cut a group", () -> kernels.linear(
                new Linear(3, 4, 16, halves, null), x, out, Activation.NONE, 0, 1));
        refused("F32", () -> kernels.conv2d(
                new Conv2d(5, 5, 4, 16, 3, 3, 1, 1, halves, null), x, out, null, Activation.NONE, 1, 0, 1));
        ConvTranspose1d transposed = new ConvTranspose1d(25, 4, 16, 9, 0, 1, weights, null);
        refused("stride 0", () -> kernels.convTranspose1d(transposed, x, out, 1, 0, 1));
        refused("padding 2", () -> kernels.maxPool2d(new MaxPool2d(5, 5, 4, 3, 1, 2), x, x, 1, 0, 1));
        GroupNorm norm = new GroupNorm(2, 4, 1e-5f, samples.vector(4), samples.vector(3));
        refused("beta", () -> kernels.groupNormAdd(norm, x, x, null, Activation.RELU, 1, 0, 1));
        GroupNorm good = new GroupNorm(2, 4, 1e-5f, samples.vector(4), samples.vector(4));
        refused("samples", () -> kernels.groupNormAdd(good, x, x, null, Activation.RELU, 2, 0, 1));
        refused("film", () -> kernels.groupNormMish(good, x, x, samples.rows(1, 4), true, null, 1, 0, 1));
        refused("grid", () -> kernels.spatialSoftmax(x, samples.vector(49), samples.rows(1, 8), 1, 0, 1));
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void tokens(Kernels kernels) {
        Attention op = new Attention(2, 4, 3, 5);
        Rows q = samples.rows(6, 8);
        Rows k = samples.rows(10, 8);
        refused("k is [6, 8], wanted [10, 8]", () -> kernels.attention(op, q, q, k, null, q, 2, 0, 1));
        refused("v is", () -> kernels.attention(op, q, k, q, null, q, 2, 0, 1));
        refused("mask is [4, 5], wanted [6, 5]",
                () -> kernels.attention(op, q, k, k, samples.rows(4, 5), q, 2, 0, 1));
        refused("0 keys", () -> kernels.attention(new Attention(2, 4, 3, 0), q, k, k, null, q, 2, 0, 1));
        refused("gamma", () -> kernels.layerNorm(
                new LayerNorm(8, 0, samples.vector(7), samples.vector(8)), q, q, 0, 1));
        refused("both gamma and beta", () -> new LayerNorm(8, 0, samples.vector(8), null));
        refused("sines", () -> kernels.rotate(
                new Rotary(2, 4, 3, samples.vector(6), samples.vector(5)), q, q, 2, 0, 1));
        refused("halves", () -> new Rotary(2, 5, 3, samples.vector(6), samples.vector(6)));
        refused("scale is", () -> kernels.modulate(q, samples.rows(2, 8), samples.rows(3, 8), q, 2, 0, 1));
        refused("gate is", () -> kernels.addGated(q, samples.rows(2, 7), q, q, 2, 0, 1));
        refused("2 tokens from 2 of 3", () -> kernels.copyTokens(q, 2, k, 0, 2, 2, 0, 1));
        refused("repeated", () -> kernels.add(q, samples.rows(4, 8), q, 0, 1));
    }

    @Test
    void rowsThatDoNotFitTheirMemory() {
        MemorySegment memory = samples.vector(20);
        assertThrows(IllegalArgumentException.class, () -> new Rows(memory, 3, 7, 7));
        assertThrows(IllegalArgumentException.class, () -> new Rows(memory, 2, 7, 6));
        assertEquals(0, new Rows(memory, 0, 7, 7).rows());
        Rows x = Rows.dense(memory, 4, 5);
        refused("channels 5 to 6 of 5", () -> x.channels(5, 1));
        refused("channels 1 to 6", () -> x.channels(1, 5));
        refused("channels -1", () -> x.channels(-1, 2));
    }

    private static void refused(String words, Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.contains(words), message);
    }
}
