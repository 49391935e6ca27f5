package sinew.bench.peers.export;

/// The operations of our networks, as an exporter writes them down: networks are described once, in [UnetStep] and
/// [ImageEncoder], and written in several languages. Layers and norms are named by their tensors' prefix.
interface Operations {
    /// An input of the model, of float32 or of int64.
    Value input(String name, boolean integers, int... shape);

    /// Makes a value the model's output under that name.
    void output(String name, Value x);

    /// [B, T, C] to [B, C, T].
    Value channelsFirst(Value x);

    /// [B, C, T] to [B, T, C].
    Value channelsLast(Value x);

    /// A convolution over time or over a picture, as x has it, zero-padded by taps / 2 at each end. It has a bias
    /// when the weights have one.
    Value convolve(String layer, Value x, int channels, int taps, int stride);

    /// A transposed convolution over time of 4 taps, stride 2 and padding 1, which doubles the length.
    Value grow(String layer, Value x);

    /// Group normalisation with gain and shift, epsilon 1e-5.
    Value groupNorm(String norm, Value x, int groups);

    Value mish(Value x);

    Value relu(Value x);

    Value add(Value a, Value b);

    /// Puts the channels of b behind those of a.
    Value join(Value a, Value b);

    /// [B, N] to [B, outputs].
    Value linear(String layer, Value x, int outputs);

    /// x * scale + shift per channel: the modulation is [B, 2C], scales first, or [B, C] where it shifts alone.
    Value modulate(Value x, Value modulation, boolean scale);

    /// Largest of 3x3 pixels, stride 2, padding 1.
    Value maxPool(Value x);

    /// Where each map's weight lies: softmax over the cells of [B, K, H, W], times their positions: [B, 2K].
    Value softArgmax(Value maps, String grid);

    /// Sines and cosines of training steps [B]: [B, dim].
    Value waves(Value steps, int dim);
}
