package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sinew.convert.NetworkTensor.Layout;
import sinew.engine.weights.TensorDeclaration;
import sinew.kernels.WeightType;

/// Every weight lies where docs/weights-format.md says, counted out here by plain loops.
class WeightPackingTest {
    @ParameterizedTest
    @EnumSource(names = {"LINEAR", "CONV1D", "CONV_TRANSPOSE1D", "CONV2D"})
    void everyWeightLiesInItsPlace(Layout layout) {
        List<Integer> shape = switch (layout) {
            case LINEAR -> List.of(20, 3);
            case CONV1D -> List.of(20, 3, 5);
            case CONV_TRANSPOSE1D -> List.of(3, 20, 4);
            default -> List.of(20, 3, 2, 3);
        };
        NetworkTensor tensor = new NetworkTensor("w", layout, shape, null);
        float[] weights = new float[(int) tensor.elements()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = i + 1;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment f32 = WeightPacking.pack(tensor, weights, null, WeightType.F32, arena).memory();
            MemorySegment bf16 = WeightPacking.pack(tensor, weights, null, WeightType.BF16, arena).memory();
            assertEquals(WeightPacking.declare(tensor, WeightType.F32).byteSize(), f32.byteSize());
            assertEquals(WeightPacking.declare(tensor, WeightType.BF16).byteSize(), bf16.byteSize());
            boolean overTime = layout == Layout.CONV1D || layout == Layout.CONV_TRANSPOSE1D;
            int perTap = overTime ? 4 : 3; // three channels and, over time, one of padding
            int depth = weights.length / 20 / 3 * perTap;
            int pairs = (depth + 1) / 2;
            for (int o = 0; o < 32; o++) {
                for (int d = 0; d < depth; d++) {
                    boolean real = o < 20 && d % perTap < 3;
                    float want = real ? weights[index(layout, shape, o, d / perTap, d % perTap)] : 0;
                    assertEquals(want, f32.getAtIndex(ValueLayout.JAVA_FLOAT, (o / 16 * depth + d) * 16 + o % 16));
                    int half = ((o / 16 * pairs + d / 2) * 16 + o % 16) * 2 + d % 2;
                    short bits = bf16.getAtIndex(ValueLayout.JAVA_SHORT, half);
                    assertEquals(want, Float.intBitsToFloat(bits << 16), Math.abs(want) / 256);
                }
            }
        }
    }

    /// Where PyTorch has the weight of an output, a tap (in 2-D ky * width + kx) and an input channel.
    private static int index(Layout layout, List<Integer> s, int o, int tap, int channel) {
        return switch (layout) {
            // A linear layer has no taps: counted in channels, a tap is three inputs further.
            case LINEAR -> o * s.get(1) + 3 * tap + channel;
            case CONV1D -> (o * s.get(1) + channel) * s.get(2) + tap;
            case CONV_TRANSPOSE1D -> (channel * s.get(1) + o) * s.get(2) + tap;
            default -> (o * s.get(1) + channel) * s.get(2) * s.get(3) + tap;
        };
    }
}
