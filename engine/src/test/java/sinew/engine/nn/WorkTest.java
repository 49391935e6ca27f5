package sinew.engine.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.engine.policy.UnetSpec;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.Metadata;
import sinew.engine.weights.WeightsFile;
import sinew.engine.weights.WeightsWriter;
import sinew.kernels.Device;
import sinew.kernels.Conv1d;
import sinew.kernels.ConvTranspose1d;
import sinew.kernels.Kernels;
import sinew.kernels.Linear;
import sinew.kernels.NativeMemory;
import sinew.kernels.Panels;
import sinew.kernels.WeightType;

/// Operations and bytes of kernel calls and of whole networks.
class WorkTest {
    private static final UnetSpec DEFAULT_UNET = new UnetSpec(List.of(512, 1024, 2048), 5, 8, 128, true);
    private static final int CONDITION = 268; // (6 joints + 2 cameras of 64 features) at 2 observation steps

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"16, 5, 1, 2", "4, 5, 1, 2", "2, 5, 1, 2", "1, 5, 1, 2", "16, 3, 2, 1", "7, 3, 2, 1", "8, 1, 1, 0"})
    void timeConvolutionsMultiplyNoPadding(int time, int taps, int stride, int pad) {
        try (Arena arena = Arena.ofConfined()) {
            Conv1d op = new Conv1d(time, 3, 20, taps, stride, pad, panels(arena, WeightType.F32, 20, 3 * taps), null);
            long products = 0;
            for (int o = 0; o < op.timeOut(); o++) {
                for (int tap = 0; tap < taps; tap++) {
                    int i = o * stride - pad + tap;
                    products += i >= 0 && i < time ? 1 : 0;
                }
            }
            assertEquals(new Work(Work.Kind.CONVOLUTION, 2 * 3 * 20 * products, 4L * 3 * 20 * taps), Work.of(op));
        }
    }

    @ParameterizedTest
    @CsvSource({"4", "1", "9"})
    void transposedConvolutionsMultiplyOnlyWhatIsKept(int time) {
        try (Arena arena = Arena.ofConfined()) {
            ConvTranspose1d op =
                    new ConvTranspose1d(time, 5, 16, 4, 2, 1, panels(arena, WeightType.BF16, 16, 20), null);
            long products = 0;
            for (int i = 0; i < time; i++) {
                for (int tap = 0; tap < 4; tap++) {
                    int o = i * 2 - 1 + tap;
                    products += o >= 0 && o < op.timeOut() ? 1 : 0;
                }
            }
            assertEquals(new Work(Work.Kind.TRANSPOSED, 2 * 5 * 16 * products, 2L * 5 * 16 * 4), Work.of(op));
        }
    }

    /// A part of a layer reads its part of the weights.
    @Test
    void linearPartsCountTheirInputs() {
        try (Arena arena = Arena.ofConfined()) {
            Linear part = new Linear(8, 24, 32, panels(arena, WeightType.BF16, 32, 40), null);
            assertEquals(new Work(Work.Kind.LINEAR, 2 * 24 * 32, 2 * 24 * 32), Work.of(part));
        }
    }

    /// GFLOP without padding, as counted on the original network; weights are read once whatever the batch. That count
    /// has two things that a step of ours has not: the modulation's part that knows the step alone, and the products
    /// of transposed convolutions that fall off either end.
    @ParameterizedTest
    @CsvSource({"16, 1, 1.80", "64, 1, 8.77", "16, 8, 14.4"})
    void defaultUnetCountsWhatTheOriginalCounts(int horizon, int batch, double gigaflops) throws IOException {
        try (WeightsFile nothing = emptyFile(); Arena arena = Arena.ofShared()) {
            ConditionalUnet1d unet = new ConditionalUnet1d(Kernels.best(), nothing.scope().in("unet"), DEFAULT_UNET,
                    horizon, 6, CONDITION, batch, batch, arena);
            long step = unet.plan().flops(batch);
            long condition = unet.observationPlan().flops(batch);
            int modulations = 2 * 2 * (512 + 1024 + 2048 + 2048 + 1024 + 512);
            long table = 2L * 128 * modulations;
            long ends = 2 * 2 * (1024 * 1024 + 512 * 512);
            assertEquals(gigaflops, (step + condition + batch * (table + ends)) / 1e9, 0.003 * gigaflops);
            assertEquals(243.8, unet.plan().weightBytes() / 4e6, 0.1, "millions of weights in convolutions");
            assertTrue(condition < 0.02 * step);
        }
    }

    /// GFLOP with padding, as counted on the original network, for four images.
    @ParameterizedTest
    @CsvSource({
        "84, 84, true, 2.37", "84, 84, false, 2.37", "224, 224, true, 14.5", "432, 576, true, 72.6",
        "480, 640, true, 88.9", "480, 640, false, 88.9"
    })
    void encoderCountsWhatTorchvisionCountsLessThePadding(int height, int width, boolean groupNorm, double gigaflops)
            throws IOException {
        ResNet18 expected = new ResNet18(height, width);
        assertEquals(gigaflops, 4 * expected.padded / 1e9, 0.005 * gigaflops);
        try (WeightsFile nothing = emptyFile(); Arena arena = Arena.ofShared()) {
            VisionSpec vision = new VisionSpec("resnet18", groupNorm, null, null, null, 32, false);
            Plan plan = new ResNetEncoder(Kernels.best(), nothing.scope(), vision, new Size(height, width), 4,
                    new Scratch(Device.CPU, arena)).plan();
            assertEquals(4 * expected.unpadded, plan.flops(4));
            assertEquals(11.19, plan.weightBytes() / 4e6, 0.01, "millions of weights");
        }
    }

    /// The convolutions of torchvision's resnet18 and LeRobot's head, counted product by product along each axis.
    private static final class ResNet18 {
        private long padded;
        private long unpadded;
        private int height;
        private int width;

        ResNet18(int height, int width) {
            this.height = height;
            this.width = width;
            convolve(3, 64, 7, 2, true);
            this.height = (this.height + 1) / 2; // max pool
            this.width = (this.width + 1) / 2;
            for (int block = 0; block < 8; block++) {
                int channels = 64 << block / 2;
                boolean shrinks = block == 2 || block == 4 || block == 6;
                if (shrinks) {
                    convolve(channels / 2, channels, 1, 2, false);
                }
                convolve(shrinks ? channels / 2 : channels, channels, 3, shrinks ? 2 : 1, true);
                convolve(channels, channels, 3, 1, true);
            }
            convolve(512, 32, 1, 1, true);
            padded += 2 * 64 * 64;
            unpadded += 2 * 64 * 64;
        }

        private void convolve(int cin, int cout, int kernel, int stride, boolean goOn) {
            int down = (height + stride - 1) / stride;
            int across = (width + stride - 1) / stride;
            padded += 2L * cin * cout * kernel * kernel * down * across;
            unpadded += 2L * cin * cout * inside(height, down, kernel, stride) * inside(width, across, kernel, stride);
            if (goOn) {
                height = down;
                width = across;
            }
        }

        private static long inside(int in, int out, int kernel, int stride) {
            long count = 0;
            for (int o = 0; o < out; o++) {
                for (int k = 0; k < kernel; k++) {
                    int i = o * stride - kernel / 2 + k;
                    count += i >= 0 && i < in ? 1 : 0;
                }
            }
            return count;
        }
    }

    /// Networks can be laid out over weights that are missing.
    private WeightsFile emptyFile() throws IOException {
        Path path = folder.resolve("empty.gguf");
        try (WeightsWriter writer =
                WeightsWriter.create(path, new Metadata.Builder().put("general.name", "empty").build(path), List.of())) {
            writer.commit();
        }
        return WeightsFile.open(path);
    }

    private static Panels panels(Arena arena, WeightType type, int outputs, int depth) {
        return new Panels(type, outputs, depth, NativeMemory.bytes(arena, Panels.byteSize(type, outputs, depth)));
    }
}
