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
    private final Kernels scalar = Kernels.checked(new ScalarKernels());
    private final Kernels vector = Kernels.checked(new VectorKernels());

    @Property(shrinking = ShrinkingMode.OFF)
    void linear(@ForAll long seed) {
        twins(seed, KernelCases::linear);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void conv1d(@ForAll long seed) {
        twins(seed, KernelCases::conv1d);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void convTranspose1d(@ForAll long seed) {
        twins(seed, KernelCases::convTranspose1d);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void conv2d(@ForAll long seed) {
        twins(seed, KernelCases::conv2d);
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void winograd2d(@ForAll long seed) {
        twins(seed, KernelCases::winograd2d);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void maxPool2d(@ForAll long seed) {
        twins(seed, KernelCases::maxPool2d);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void groupNormMish(@ForAll long seed) {
        twins(seed, KernelCases::groupNormMish);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void groupNormAdd(@ForAll long seed) {
        twins(seed, KernelCases::groupNormAdd);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void activateAndAdd(@ForAll long seed) {
        twins(seed, KernelCases::activate);
        twins(seed, KernelCases::add);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void layerNorm(@ForAll long seed) {
        twins(seed, KernelCases::layerNorm);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void attention(@ForAll long seed) {
        twins(seed, KernelCases::attention);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void rotate(@ForAll long seed) {
        twins(seed, KernelCases::rotate);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void modulateAndAddGated(@ForAll long seed) {
        twins(seed, KernelCases::modulate);
        twins(seed, KernelCases::addGated);
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void copyTokens(@ForAll long seed) {
        twins(seed, KernelCases::copyTokens);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void averagePool(@ForAll long seed) {
        twins(seed, KernelCases::averagePool);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void spatialSoftmax(@ForAll long seed) {
        twins(seed, KernelCases::spatialSoftmax);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void forDevices(@ForAll long seed) {
        twins(seed, KernelCases::resample);
        twins(seed, KernelCases::impose);
        twins(seed, KernelCases::denoise);
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

    private void twins(long seed, Function<Samples, KernelCases.Case> describe) {
        try (Arena arena = Arena.ofConfined()) {
            Samples samples = new Samples(arena, seed);
            KernelCases.Case test = describe.apply(samples);
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
