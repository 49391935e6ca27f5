package sinew.bench.kernels;

import java.util.ArrayDeque;
import java.util.Deque;
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

/// All layers of one denoising step of LeRobot's default UNet (down_dims 512, 1024, 2048; kernel 5), without
/// the plan that the engine puts around them: what the kernels alone cost.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class UnetStepBenchmark {
    private static final int[] DOWN_DIMS = {512, 1024, 2048};
    private static final int ACTION = 6;
    private static final int CONDITION = 260;

    @Param({"F32", "BF16", "INT8"})
    public WeightType type;

    @Param({"16"})
    public int horizon;

    @Param({"1"})
    public int batch;

    @Param({"2"})
    public int threads;

    private Layers layers;
    private Workers workers;
    private Rows condition;

    @Setup
    public void setup() {
        workers = Workers.of(threads);
        layers = new Layers(type, batch);
        condition = layers.rows(1, CONDITION);
        Deque<Rows> skips = new ArrayDeque<>();
        Rows x = layers.rows(horizon, ACTION);
        for (int level = 0; level < 3; level++) {
            x = block(block(x, DOWN_DIMS[level]), DOWN_DIMS[level]);
            skips.push(x);
            x = level < 2 ? layers.conv1d(x, DOWN_DIMS[level], 3, 2) : x;
        }
        x = block(block(x, 2048), 2048);
        for (int level = 1; level >= 0; level--) {
            // The concatenation with the skip is a view in the engine; here only its width matters.
            Rows skip = skips.pop();
            Rows wide = layers.rows(x.rows() / batch, skip.columns() + x.columns());
            x = layers.convTranspose1d(block(block(wide, DOWN_DIMS[level]), DOWN_DIMS[level]));
        }
        x = layers.conv1d(x, 512, 5, 1);
        layers.normMish(x, null, null);
        layers.conv1d(x, ACTION, 1, 1);
    }

    private Rows block(Rows x, int cout) {
        Rows film = layers.linear(condition, 2 * cout, Activation.NONE);
        Rows first = layers.conv1d(x, cout, 5, 1);
        layers.normMish(first, film, null);
        Rows residual = x.columns() == cout ? x : layers.conv1d(x, cout, 1, 1);
        Rows second = layers.conv1d(first, cout, 5, 1);
        layers.normMish(second, null, residual);
        return second;
    }

    @Benchmark
    public void step() {
        layers.run(workers);
    }

    @TearDown
    public void close() {
        workers.close();
        layers.close();
    }
}
