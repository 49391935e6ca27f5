package sinew.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import sinew.kernels.KernelCases.Case;
import sinew.kernels.cuda.CudaEmulator;
import sinew.kernels.cuda.Devices;

/// A GPU's kernels against the plain ones, for any shape; and nothing but the output may change.
class CudaKernelsTest {
    private static final int TRIES = 40;
    private static final Set<String> PRODUCTS = Set.of("linear", "conv1d", "convTranspose1d");

    private final Kernels scalar = Kernels.checked(new ScalarKernels());

    @BeforeAll
    static void gpu() {
        CudaEmulator.require();
    }

    /// A GPU has no Winograd convolutions.
    static List<String> operations() {
        return KernelCases.all().keySet().stream().filter(name -> !name.equals("winograd2d")).toList();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void asThePlainOnes(String name) {
        Function<Samples, Case> describe = KernelCases.all().get(name);
        double worst = 0;
        for (long seed = 0; seed < TRIES; seed++) {
            worst = Math.max(worst, deviation(describe, seed, "cuda"));
        }
        System.out.printf("%-16s at most %.1e of the largest value%n", name, worst);
        assertTrue(worst <= limit(name), name + " deviates by " + worst);
    }

    /// BF16 and INT8 weights meet activations of 16 bits.
    private static double limit(String operation) {
        return PRODUCTS.contains(operation) ? 1.5e-5 : 2e-6;
    }

    private double deviation(Function<Samples, Case> describe, long seed, String name) {
        try (Arena arena = Arena.ofConfined(); Device device = Devices.open(name)) {
            Samples samples = new Samples(arena, seed);
            Case test = describe.apply(samples);
            Rows want = samples.copy(test.out());
            test.operation().runAll(scalar, want, 1);
            Rows got = samples.copy(test.out());
            Rows there = upload(device, arena, got);
            for (int part = 0; part < 2; part++) {
                test.operation().run(device.kernels(), there, part, 2);
            }
            download(device, there, got);
            return compare(test.out(), want, got, seed);
        }
    }

    /// The depth is cut into pieces that several blocks sum up, and those into one; and again, for the counters.
    @ParameterizedTest
    @EnumSource(WeightType.class)
    void longSumsOfFewOutputs(WeightType type) {
        for (int rows : new int[] {1, 8, 9, 16, 31, 64, 65}) {
            double worst = deviation(samples -> {
                Rows x = samples.rows(rows, 5000);
                Rows before = samples.rows(rows, 5000);
                Linear op = new Linear(5000, 100, samples.panels(type, 100, 5000), samples.vector(100));
                return new Case(samples.rows(rows, 100), (kernels, out, part, parts) -> {
                    kernels.linear(op, before, out, Activation.NONE, part, parts);
                    kernels.linear(op, x, out, Activation.NONE, part, parts);
                });
            }, rows, "cuda");
            assertTrue(worst <= (type == WeightType.F32 ? 4e-6 : 1e-5), rows + " rows deviate by " + worst);
        }
    }

    /// TF32 keeps 10 bits: more than that would mean that it was not used, less that something is wrong.
    @Test
    void tf32IsUsedWhereItIsAskedFor() {
        double worst = deviation(samples -> {
            Rows x = samples.rows(16, 512);
            Linear op = new Linear(512, 64, samples.panels(WeightType.F32, 64, 512), null);
            return new Case(samples.rows(16, 64), (kernels, out, part, parts) ->
                    kernels.linear(op, x, out, Activation.NONE, part, parts));
        }, 1, "cuda+tf32");
        assertTrue(worst > 2e-5 && worst < 2e-3, "deviates by " + worst);
    }

    private static Rows upload(Device device, Arena arena, Rows rows) {
        int count = (int) (rows.memory().byteSize() / Float.BYTES);
        float[] values = new float[count];
        Device.CPU.read(rows.memory(), 0, values, 0, count);
        MemorySegment memory = device.allocate(arena, rows.memory().byteSize());
        device.write(values, 0, memory, 0, count);
        return new Rows(memory, rows.rows(), rows.columns(), rows.stride());
    }

    private static void download(Device device, Rows from, Rows to) {
        int count = (int) (from.memory().byteSize() / Float.BYTES);
        float[] values = new float[count];
        device.read(from.memory(), 0, values, 0, count);
        Device.CPU.write(values, 0, to.memory(), 0, count);
    }

    /// @return the largest difference, as a share of the largest value
    private static double compare(Rows before, Rows want, Rows got, long seed) {
        double largest = 1;
        double difference = 0;
        int count = (int) (want.memory().byteSize() / Float.BYTES);
        for (int i = 0; i < count; i++) {
            float wanted = Samples.at(want.memory(), i);
            float is = Samples.at(got.memory(), i);
            if (i % want.stride() >= want.columns() || i / want.stride() >= want.rows()) {
                assertEquals(Samples.at(before.memory(), i), is, "a gap was written, seed " + seed);
            } else {
                assertTrue(Float.isFinite(is) || wanted == is, "value " + i + " is " + is + ", seed " + seed);
                largest = Math.max(largest, Math.abs(wanted));
                difference = Math.max(difference, Math.abs((double) wanted - is));
            }
        }
        return difference / largest;
    }
}
