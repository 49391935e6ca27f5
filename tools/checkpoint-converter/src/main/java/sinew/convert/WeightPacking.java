package sinew.convert;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import sinew.convert.NetworkTensor.Layout;
import sinew.engine.weights.TensorDeclaration;
import sinew.kernels.Panels;
import sinew.kernels.WeightType;

/// From PyTorch's layouts to those in which kernels read.
final class WeightPacking {
    private WeightPacking() {}

    /// A packed tensor's shape: [panels, inner..., 16], or the tensor's own where it is kept plain.
    static TensorDeclaration declare(NetworkTensor tensor, WeightType type) {
        int panels = Panels.panels(tensor.outputs());
        List<Integer> s = tensor.shape();
        return switch (tensor.layout()) {
            case LINEAR -> new TensorDeclaration(tensor.name(), type, List.of(panels, s.get(1), Panels.WIDTH));
            case CONV1D -> new TensorDeclaration(tensor.name(), type,
                    List.of(panels, s.get(1), s.get(2), Panels.WIDTH));
            case CONV_TRANSPOSE1D ->
                new TensorDeclaration(tensor.name(), type, List.of(panels, s.get(0), s.get(2), Panels.WIDTH));
            case CONV2D -> new TensorDeclaration(tensor.name(), type,
                    List.of(panels, s.get(2) * s.get(3), s.get(1), Panels.WIDTH));
            case PLAIN -> new TensorDeclaration(tensor.name(), WeightType.F32, s);
            case FOLDED -> throw new IllegalArgumentException(tensor.name() + " is folded, not stored");
        };
    }

    static boolean isPacked(Layout layout) {
        return layout != Layout.PLAIN && layout != Layout.FOLDED;
    }

    /// @param weights in PyTorch's order
    /// @param folding null where there is no BatchNorm
    static MemorySegment pack(
            NetworkTensor tensor, float[] weights, BatchNormFolding folding, WeightType type, Arena arena) {
        int outputs = tensor.outputs();
        int depth = Math.toIntExact(tensor.elements() / outputs);
        MemorySegment memory = arena.allocate(Panels.byteSize(type, outputs, depth), 64);
        Panels.Source source = source(tensor, weights, depth);
        Panels.pack(type, outputs, depth,
                folding == null ? source : (o, d) -> folding.weight(o, source.at(o, d)), memory);
        return memory;
    }

    private static Panels.Source source(NetworkTensor tensor, float[] w, int depth) {
        List<Integer> s = tensor.shape();
        return switch (tensor.layout()) {
            // Depth is input * taps + tap, which is PyTorch's own order.
            case LINEAR, CONV1D -> (o, d) -> w[o * depth + d];
            case CONV_TRANSPOSE1D -> {
                int outputs = s.get(1);
                int taps = s.get(2);
                yield (o, d) -> w[(d / taps * outputs + o) * taps + d % taps];
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
