package sinew.bench.kernels;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import sinew.kernels.Activation;
import sinew.kernels.Rows;
import sinew.kernels.WeightType;
import sinew.kernels.Workers;

/// Single layers as the networks have them. A benchmark of one layer finds its weights in a cache when they
/// fit; in a whole step they come from memory: see [UnetStepBenchmark].
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KernelBenchmark {
    /// A layer by name: what it computes and its main dimensions.
    public enum Layer {
        CONV1D_2048_T4,
        CONV1D_512_T16,
        DOWN_512_T16,
        UP_512_T8,
        POINTWISE_1024_T8,
        CONV2D_7X7_84,
        CONV2D_64_21,
        CONV2D_128_11,
        CONV2D_256_6,
        CONV2D_512_3,
        CONV2D_7X7_224,
        CONV2D_64_56,
        CONV2D_128_28,
        CONV2D_256_14,
        CONV2D_512_7,
        NORM_MISH_2048_T4,
        NORM_MISH_512_T16,
        NORM_RELU_64_42,
        ATTENTION_602_512,
        ATTENTION_16_512,
        LAYER_NORM_602_512,
        GELU_602_512
    }

    @Param
    public Layer layer;

    @Param({"F32", "BF16"})
    public WeightType type;

    @Param({"1", "2"})
    public int threads;

    private Layers layers;
    private Workers workers;

    @Setup
    public void setup() {
        workers = Workers.of(threads);
        layers = new Layers(type, layer.name().contains("2D") ? 4 : 1);
        switch (layer) {
            case CONV1D_2048_T4 -> layers.conv1d(layers.rows(4, 2048), 2048, 5, 1);
            case CONV1D_512_T16 -> layers.conv1d(layers.rows(16, 512), 512, 5, 1);
            case DOWN_512_T16 -> layers.conv1d(layers.rows(16, 512), 512, 3, 2);
            case UP_512_T8 -> layers.convTranspose1d(layers.rows(8, 512));
            case POINTWISE_1024_T8 -> layers.conv1d(layers.rows(8, 512), 1024, 1, 1);
            case CONV2D_7X7_84 -> conv2d(84, 3, 64, 7, 2);
            case CONV2D_64_21 -> conv2d(21, 64, 64, 3, 1);
            case CONV2D_128_11 -> conv2d(11, 128, 128, 3, 1);
            case CONV2D_256_6 -> conv2d(6, 256, 256, 3, 1);
            case CONV2D_512_3 -> conv2d(3, 512, 512, 3, 1);
            case CONV2D_7X7_224 -> conv2d(224, 3, 64, 7, 2);
            case CONV2D_64_56 -> conv2d(56, 64, 64, 3, 1);
            case CONV2D_128_28 -> conv2d(28, 128, 128, 3, 1);
            case CONV2D_256_14 -> conv2d(14, 256, 256, 3, 1);
            case CONV2D_512_7 -> conv2d(7, 512, 512, 3, 1);
            case NORM_MISH_2048_T4 -> layers.normMish(layers.rows(4, 2048), layers.rows(1, 4096), null);
            case NORM_MISH_512_T16 -> layers.normMish(layers.rows(16, 512), layers.rows(1, 1024), null);
            case NORM_RELU_64_42 ->
                layers.normAdd(layers.rows(42 * 42, 64), null, Activation.RELU);
            case ATTENTION_602_512 -> layers.attention(layers.rows(602, 512), 8);
            case ATTENTION_16_512 -> layers.attention(layers.rows(16, 512), 8);
            case LAYER_NORM_602_512 -> layers.layerNorm(layers.rows(602, 512));
            case GELU_602_512 -> layers.activate(layers.rows(602, 512), Activation.GELU);
        }
    }

    private Rows conv2d(int side, int cin, int cout, int kernel, int stride) {
        return layers.conv2d(layers.rows(side * side, cin), side, cout, kernel, stride);
    }

    @Benchmark
    public void run() {
        layers.run(workers);
    }

    @TearDown
    public void close() {
        workers.close();
        layers.close();
    }
}
