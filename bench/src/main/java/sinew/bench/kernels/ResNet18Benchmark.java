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

/// All layers of a ResNet-18 with group normalisation over four square images.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ResNet18Benchmark {
    private static final int IMAGES = 4;

    @Param({"84", "224"})
    public int side;

    @Param({"F32"})
    public WeightType type;

    @Param({"2"})
    public int threads;

    private Layers layers;
    private Workers workers;

    @Setup
    public void setup() {
        workers = Workers.of(threads);
        layers = new Layers(type, IMAGES);
        int edge = half(side);
        Rows x = layers.conv2d(layers.rows(side * side, 3), side, 64, 7, 2);
        layers.normAdd(x, null, Activation.RELU);
        x = layers.maxPool2d(x, edge);
        edge = half(edge);
        for (int channels = 64; channels <= 512; channels *= 2) {
            int stride = channels == 64 ? 1 : 2;
            x = block(x, edge, channels, stride);
            edge = stride == 1 ? edge : half(edge);
            x = block(x, edge, channels, 1);
        }
    }

    private Rows block(Rows x, int edge, int channels, int stride) {
        Rows first = layers.conv2d(x, edge, channels, 3, stride);
        layers.normAdd(first, null, Activation.RELU);
        Rows second = layers.conv2d(first, stride == 1 ? edge : half(edge), channels, 3, 1);
        Rows residual = x;
        if (stride != 1) {
            residual = layers.conv2d(x, edge, channels, 1, stride);
            layers.normAdd(residual, null, Activation.NONE);
        }
        layers.normAdd(second, residual, Activation.RELU);
        return second;
    }

    private static int half(int edge) {
        return (edge + 1) / 2;
    }

    @Benchmark
    public void encode() {
        layers.run(workers);
    }

    @TearDown
    public void close() {
        workers.close();
        layers.close();
    }
}
