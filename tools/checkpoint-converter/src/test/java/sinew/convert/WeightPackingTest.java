package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
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
            MemorySegment f32 = WeightPacking.pack(tensor, weights, null, WeightType.F32, arena);
            MemorySegment bf16 = WeightPacking.pack(tensor, weights, null, WeightType.BF16, arena);
            TensorDeclaration declared = WeightPacking.declare(tensor, WeightType.BF16);
            assertEquals(declared.byteSize(), bf16.byteSize());
            int depth = weights.length / 20;
            for (int o = 0; o < 32; o++) {
                for (int d = 0; d < depth; d++) {
                    float want = o < 20 ? weights[index(layout, shape, o, d)] : 0;
                    long at = ((o / 16) * depth + d) * 16L;
                    assertEquals(want, f32.getAtIndex(ValueLayout.JAVA_FLOAT, at + o % 16));
                    int lane = o % 16 < 8 ? 2 * (o % 16) : 2 * (o % 16 - 8) + 1;
                    short bits = bf16.getAtIndex(ValueLayout.JAVA_SHORT, at + lane);
                    assertEquals(want, Float.intBitsToFloat(bits << 16), Math.abs(want) / 256);
                }
            }
        }
    }

    private static int index(Layout layout, List<Integer> s, int o, int d) {
        return switch (layout) {
            case LINEAR -> o * s.get(1) + d;
            case CONV1D -> (o * s.get(1) + d / s.get(2)) * s.get(2) + d % s.get(2);
            case CONV_TRANSPOSE1D -> (d / s.get(2) * s.get(1) + o) * s.get(2) + d % s.get(2);
            default -> {
                int channel = d % s.get(1);
                int ky = d / s.get(1) / s.get(3);
                int kx = d / s.get(1) % s.get(3);
                yield ((o * s.get(1) + channel) * s.get(2) + ky) * s.get(3) + kx;
            }
        };
    }
}
