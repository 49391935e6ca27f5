package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// The coarse array operations from which every network is composed.
///
/// All operands are native memory, 64-byte aligned, float32, row-major, channels last:
/// activations are [B, T, C] or [B, H, W, C] and are passed as [Rows] of B*T or B*H*W rows.
/// Weights are packed in [Panels].
///
/// Every operation is split over its *outputs* into `parts` disjoint pieces; a call computes piece
/// `part` and may run beside the other pieces on other threads. Each output is one chain of fused
/// multiply-adds in ascending order of its reduction index, beginning with the bias (with INT8 weights it
/// begins with 0 and ends with scale and bias), so results are
/// the same bytes for any number of parts, for any batch, and for every implementation.
///
/// Ranges are checked once per call, at this edge; a violation throws [IllegalArgumentException].
/// Operands must stay open while a call runs, and an output may overlap an operand only where its
/// operation says so; neither can be checked here.
public interface Kernels {

    /// Short name for reports: `scalar`, `simd-256`, ...
    String name();

    /// out[r] = act(W x[r] + b), for every row. x: [R, in], out: [R, out].
    void linear(Linear op, Rows x, Rows out, Activation activation, int part, int parts);

    /// 1-D convolution over time. x: [B, T, Cin], out: [B, To, Cout].
    void conv1d(Conv1d op, Rows x, Rows out, int batch, int part, int parts);

    /// 1-D transposed convolution over time. x: [B, T, Cin], out: [B, To, Cout].
    void convTranspose1d(ConvTranspose1d op, Rows x, Rows out, int batch, int part, int parts);

    /// 2-D convolution, then optionally `+ residual`, then the activation.
    /// x: [B, H, W, Cin], out: [B, Ho, Wo, Cout], residual: like out, or null.
    void conv2d(Conv2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts);

    /// [#conv2d] with a 3x3 kernel by Winograd's algorithm, which rounds differently: every combination is one chain
    /// over the channels from 0, and the bias is added last. x: [B, H, W, Cin], out: [B, H, W, Cout], residual: like
    /// out, or null.
    void winograd2d(
            Winograd2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts);

    /// 2-D maximum over windows; padding never wins. x: [B, H, W, C], out: [B, Ho, Wo, C].
    void maxPool2d(MaxPool2d op, Rows x, Rows out, int batch, int part, int parts);

    /// UNet form: out = mish(norm(x)) * scale + bias + residual.
    /// x, out, residual: [B, P, C] with P positions per sample; film: [B, 2C] (scale, then bias) or,
    /// when `filmScale` is false, [B, C] (bias alone), or null; residual may be null. In place is allowed.
    void groupNormMish(
            GroupNorm op,
            Rows x,
            Rows out,
            Rows film,
            boolean filmScale,
            Rows residual,
            int batch,
            int part,
            int parts);

    /// ResNet form: out = act(norm(x) + residual). x, out, residual: [B, P, C]; residual may be null.
    /// In place is allowed.
    void groupNormAdd(
            GroupNorm op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts);

    /// Elementwise. x, out: [R, C]. In place is allowed.
    void activate(Activation activation, Rows x, Rows out, int part, int parts);

    /// out = a + b, elementwise. [R, C] each; in place is allowed.
    void add(Rows a, Rows b, Rows out, int part, int parts);

    /// Spatial softmax: per sample and keypoint k the softmax over positions p of x[p, k], then the
    /// expected grid position. x: [B, P, K], grid: [P, 2] floats (x, y), out: [B, 2K] as x0 y0 x1 y1 ...
    /// Source: Finn et al. 2016, as LeRobot's SpatialSoftmax (no temperature).
    void spatialSoftmax(Rows x, MemorySegment grid, Rows out, int batch, int part, int parts);

    /// The fastest implementation for this machine, chosen once.
    static Kernels best() {
        return KernelsLookup.BEST;
    }
}
