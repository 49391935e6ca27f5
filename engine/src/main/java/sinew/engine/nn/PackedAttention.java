package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Panels;

/// The projections of PyTorch's MultiheadAttention, whose rows are queries, keys and values one after the other.
final class PackedAttention {
    private final WeightScope scope;
    private final int width;
    private final Arena arena;
    private final Panels weights;
    private final MemorySegment bias;

    /// @param scope of `in_proj_weight` [3 D, D], `in_proj_bias` [3 D] and `out_proj.*`
    PackedAttention(WeightScope scope, int width, Arena arena) {
        this.scope = scope;
        this.width = width;
        this.arena = arena;
        weights = scope.panels("in_proj_weight", 3 * width, width);
        bias = scope.vector("in_proj_bias", 3 * width);
    }

    WeightScope scope() {
        return scope;
    }

    /// Name of the projections, for plans.
    String name() {
        return scope.name("in_proj");
    }

    /// Weights of some of the three: `first` 0 queries, 1 keys, 2 values.
    Panels weights(int first, int count) {
        return weights.slice(first * width, count * width, arena);
    }

    MemorySegment bias(int first, int count) {
        return bias.asSlice((long) first * width * Float.BYTES, (long) count * width * Float.BYTES);
    }
}
