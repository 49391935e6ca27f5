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
import org.openjdk.jmh.infra.Blackhole;
import sinew.kernels.Workers;

/// The cost of one parallel region, with and without work in it.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WorkersBenchmark {
    @Param({"1", "2", "3"})
    public int threads;

    /// About a nanosecond each.
    @Param({"0", "20000"})
    public int work;

    private Workers workers;
    private Workers.Region region;

    @Setup
    public void setup() {
        workers = Workers.of(threads);
        region = (part, parts) -> Blackhole.consumeCPU(work);
    }

    @Benchmark
    public void region() {
        workers.run(region);
    }

    @TearDown
    public void close() {
        workers.close();
    }
}
