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

    /// Where these kernels run.
    default Device device() {
        return Device.CPU;
    }

    /// Whether a 3x3 convolution of this shape is better done by [#winograd2d].
    default boolean prefersWinograd(int height, int width, int cin, int cout) {
        return Winograd2d.suits(height, width, cin, cout);
    }

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

    /// Mean over the positions of each sample, summed in ascending order from 0. x: [B, P, C], out: [B, C].
    void averagePool(Rows x, Rows out, int batch, int part, int parts);

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

    /// out = a + b, elementwise. a, out: [R, C], b: [R, C], or [R/n, C] and then repeated n times; in place is
    /// allowed.
    void add(Rows a, Rows b, Rows out, int part, int parts);

    /// Spatial softmax: per sample and keypoint k the softmax over positions p of x[p, k], then the
    /// expected grid position. x: [B, P, K], grid: [P, 2] floats (x, y), out: [B, 2K] as x0 y0 x1 y1 ...
    /// Source: Finn et al. 2016, as LeRobot's SpatialSoftmax (no temperature).
    void spatialSoftmax(Rows x, MemorySegment grid, Rows out, int batch, int part, int parts);

    /// out[r] = norm(x[r]) * gamma + beta over the channels of each row. x, out: [R, C]; in place is allowed.
    void layerNorm(LayerNorm op, Rows x, Rows out, int part, int parts);

    /// Per head and query: the mean of the values, weighted by softmax over the keys of (q . k) / sqrt(headSize) +
    /// mask. q, out: [B, Tq, heads * headSize], k, v: [B, Tk, heads * headSize].
    ///
    /// @param mask [Tq, Tk] for every sample or [B, Tq, Tk], 0 where a query sees a key and negative infinity where
    ///             not; every query sees one key at least. Null for none
    void attention(Attention op, Rows q, Rows k, Rows v, Rows mask, Rows out, int batch, int part, int parts);

    /// Turns the two halves of each head by the angles of the token's position. x, out: [B, T, heads * headSize];
    /// in place is allowed.
    void rotate(Rotary op, Rows x, Rows out, int batch, int part, int parts);

    /// out = x * (1 + scale) + shift. x, out: [B, T, C], shift, scale: [B, C]; in place is allowed.
    void modulate(Rows x, Rows shift, Rows scale, Rows out, int batch, int part, int parts);

    /// out = residual + gate * x. x, residual, out: [B, T, C], gate: [B, C]; in place is allowed.
    void addGated(Rows x, Rows gate, Rows residual, Rows out, int batch, int part, int parts);

    /// out[b, to + t] = x[b, from + t] for t in 0..count-1; nothing else of out changes. x: [B, Tx, C], out: [B, To,
    /// C].
    void copyTokens(Rows x, int from, Rows out, int to, int count, int batch, int part, int parts);

    /// A picture as the network wants it. rgb: [H * W * 3] bytes, out: [h * w, 3].
    ///
    /// @param scratch of [Resampling#scratchFloats()] floats; what is in it afterwards is nobody's affair
    default void resample(Resampling op, MemorySegment rgb, MemorySegment scratch, Rows out, int part, int parts) {
        Resampler.run(op, rgb, scratch, out, part, parts);
    }

    /// Writes what is given over a sample, as a denoising step shows it to the network: `signal * value + deviation *
    /// noise`, or the value as it is. sample: [R, C].
    ///
    /// @param given what is given of each sample, each [R, C] without gaps
    default void impose(Given given, Rows sample, float signal, float deviation, int part, int parts) {
        Denoising.impose(given, sample, signal, deviation, part, parts);
    }

    /// Takes a sample one denoising step on, in place. output, sample: [R, C].
    ///
    /// @param fresh   [R, C] without gaps, standard normal values, or null where the rule uses none
    /// @param earlier [R, C] without gaps, the clean sample that the step before estimated, replaced by this step's; or
    ///                null where the sampler keeps none
    default void denoise(
            DenoisingRule rule, Rows output, Rows sample, Rows fresh, Rows earlier, int part, int parts) {
        Denoising.step(rule, output, sample, fresh, earlier, part, parts);
    }

    /// The fastest implementation for this machine's processor, chosen once.
    static Kernels best() {
        return KernelsLookup.BEST;
    }

    /// The same kernels behind the checks of every operation's edge, for implementations in other packages.
    static Kernels checked(Kernels kernels) {
        return new CheckedKernels(kernels);
    }
}
