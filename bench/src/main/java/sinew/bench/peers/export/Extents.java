package sinew.bench.peers.export;

/// Shapes of results.
final class Extents {
    private Extents() {}

    /// Shape after a convolution or pooling that pads by taps / 2.
    static int[] strided(Value x, int channels, int taps, int stride) {
        int[] shape = x.shape().clone();
        shape[1] = channels;
        for (int axis = 2; axis < shape.length; axis++) {
            shape[axis] = (shape[axis] + 2 * (taps / 2) - taps) / stride + 1;
        }
        return shape;
    }

    /// Shape with the last two of three dimensions exchanged.
    static int[] exchanged(Value x) {
        return new int[] {x.shape()[0], x.shape()[2], x.shape()[1]};
    }

    static int[] joined(Value a, Value b) {
        int[] shape = a.shape().clone();
        shape[1] += b.channels();
        return shape;
    }
}
