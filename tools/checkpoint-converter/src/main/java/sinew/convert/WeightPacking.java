package sinew.convert;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import sinew.convert.NetworkTensor.Layout;
import sinew.engine.weights.TensorDeclaration;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Panels;
import sinew.kernels.WeightType;

/// From PyTorch's layouts to those in which kernels read.
final class WeightPacking {
    private WeightPacking() {}

    /// A packed tensor's shape, or the tensor's own where it is kept plain; see [WeightScope].
    static TensorDeclaration declare(NetworkTensor tensor, WeightType type) {
        int panels = Panels.panels(tensor.outputs());
        int width = Panels.WIDTH * type.group();
        return new TensorDeclaration(tensor.name(), type, switch (tensor.layout()) {
            case LINEAR, CONV2D -> List.of(panels, Panels.groups(type, depth(tensor)), width);
            case CONV1D, CONV_TRANSPOSE1D -> {
                int taps = tensor.shape().get(2);
                yield List.of(panels, taps, Panels.groups(type, depth(tensor) / taps), width);
            }
            case PLAIN -> tensor.shape();
            case FOLDED -> throw new IllegalArgumentException(tensor.name() + " is folded, not stored");
        });
    }

    static boolean isPacked(Layout layout) {
        return layout != Layout.PLAIN && layout != Layout.FOLDED;
    }

    /// @param weights in PyTorch's order
    /// @param folding null where there is no BatchNorm
    static Panels pack(
            NetworkTensor tensor, float[] weights, BatchNormFolding folding, WeightType type, Arena arena) {
        int outputs = tensor.outputs();
        int depth = depth(tensor);
        MemorySegment memory = arena.allocate(Panels.byteSize(type, outputs, depth), 64);
        MemorySegment scales =
                type == WeightType.INT8 ? arena.allocate((long) outputs * Float.BYTES, Float.BYTES) : null;
        Panels.Source source = source(tensor, weights);
        return Panels.pack(type, outputs, depth,
                folding == null ? source : (o, d) -> folding.weight(o, source.at(o, d)), memory, scales);
    }

    private static int depth(NetworkTensor tensor) {
        List<Integer> s = tensor.shape();
        return switch (tensor.layout()) {
            case CONV1D -> Panels.aligned(s.get(1)) * s.get(2);
            case CONV_TRANSPOSE1D -> Panels.aligned(s.get(0)) * s.get(2);
            default -> Math.toIntExact(tensor.elements() / tensor.outputs());
        };
    }

    private static Panels.Source source(NetworkTensor tensor, float[] w) {
        List<Integer> s = tensor.shape();
        return switch (tensor.layout()) {
            case LINEAR -> {
                int inputs = s.get(1);
                yield (o, d) -> w[o * inputs + d];
            }
            case CONV1D -> {
                int inputs = s.get(1);
                int taps = s.get(2);
                int perTap = Panels.aligned(inputs);
                yield (o, d) -> d % perTap < inputs ? w[(o * inputs + d % perTap) * taps + d / perTap] : 0;
            }
            case CONV_TRANSPOSE1D -> {
                int inputs = s.get(0);
                int outputs = s.get(1);
                int taps = s.get(2);
                int perTap = Panels.aligned(inputs);
                yield (o, d) -> d % perTap < inputs ? w[(d % perTap * outputs + o) * taps + d / perTap] : 0;
            }
            case CONV2D -> {
                int inputs = s.get(1);
                int taps = s.get(2) * s.get(3);
                yield (o, d) -> w[(o * inputs + d % inputs) * taps + d / inputs];
            }
            case PLAIN, FOLDED -> throw new IllegalArgumentException(tensor.name() + " is not packed");
        };
    }
}
