package sinew.engine.nn;

import sinew.kernels.Attention;
import sinew.kernels.Conv1d;
import sinew.kernels.Conv2d;
import sinew.kernels.ConvTranspose1d;
import sinew.kernels.Linear;
import sinew.kernels.Panels;
import sinew.kernels.Winograd2d;

/// What a kernel call has to do at the least, counted on the direct algorithm: products with padding are left out,
/// every weight is read once. A kernel that needs fewer operations than that shows more than the machine's peak.
///
/// @param flops for one sample; a multiply-add is two. Calls without weights count as none
/// @param bytes of weights, read once for the whole batch
public record Work(Kind kind, long flops, long bytes) {
    /// What a call computes.
    public enum Kind {
        CONVOLUTION,
        TRANSPOSED,
        LINEAR,
        NORM,
        FILM,
        POOL,
        SOFTMAX,
        ATTENTION,
        ACTIVATION
    }

    /// A call that only moves and reshapes activations.
    static Work none(Kind kind) {
        return new Work(kind, 0, 0);
    }

    static Work of(Conv1d op) {
        long pairs = pairs(op.timeIn(), op.timeOut(), op.taps(), op.stride(), op.pad());
        return weighted(Kind.CONVOLUTION, op.weights(), op.cin(), op.cout(), op.taps(), pairs);
    }

    static Work of(ConvTranspose1d op) {
        // The mirror image: what was an output position is an input position.
        long pairs = pairs(op.timeOut(), op.timeIn(), op.taps(), op.stride(), op.pad());
        return weighted(Kind.TRANSPOSED, op.weights(), op.cin(), op.cout(), op.taps(), pairs);
    }

    static Work of(Conv2d op) {
        long down = pairs(op.heightIn(), op.heightOut(), op.kernelHeight(), op.stride(), op.pad());
        long across = pairs(op.widthIn(), op.widthOut(), op.kernelWidth(), op.stride(), op.pad());
        int taps = op.kernelHeight() * op.kernelWidth();
        return weighted(Kind.CONVOLUTION, op.weights(), op.cin(), op.cout(), taps, down * across);
    }

    /// What the definition has to do: that Winograd's algorithm multiplies less and reads more is its own affair.
    static Work of(Winograd2d op) {
        long pairs = pairs(op.height(), op.height(), 3, 1, 1) * pairs(op.width(), op.width(), 3, 1, 1);
        long weights = 9L * op.cin() * op.cout();
        return new Work(Kind.CONVOLUTION, 2L * op.cin() * op.cout() * pairs, weights * Float.BYTES);
    }

    static Work of(Linear op) {
        return weighted(Kind.LINEAR, op.weights(), op.inputs(), op.outputs(), 1, 1);
    }

    /// A layer that acts on each of so many positions of a sample.
    static Work of(Linear op, int positions) {
        return weighted(Kind.LINEAR, op.weights(), op.inputs(), op.outputs(), 1, positions);
    }

    /// Both products, masked or not; its operands are activations, so no bytes of weights.
    static Work of(Attention op) {
        return new Work(Kind.ATTENTION, 4L * op.queries() * op.keys() * op.channels(), 0);
    }

    /// @param pairs of a tap and a position, for one input and one output channel
    private static Work weighted(Kind kind, Panels weights, int cin, int cout, int taps, long pairs) {
        return new Work(kind, 2L * cin * cout * pairs, (long) cin * cout * taps * weights.type().bytes());
    }

    /// Pairs of a tap and an output position where the tap meets an input and not the padding.
    private static long pairs(int in, int out, int taps, int stride, int pad) {
        long count = 0;
        for (int o = 0; o < out; o++) {
            int first = o * stride - pad;
            count += Math.max(0, Math.min(in, first + taps) - Math.max(0, first));
        }
        return count;
    }
}
