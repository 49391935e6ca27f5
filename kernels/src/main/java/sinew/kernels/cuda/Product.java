package sinew.kernels.cuda;

import java.lang.foreign.MemorySegment;
import sinew.kernels.Activation;
import sinew.kernels.Conv1d;
import sinew.kernels.Conv2d;
import sinew.kernels.ConvTranspose1d;
import sinew.kernels.Linear;
import sinew.kernels.Panels;

/// Any layer as the product in product.cu sees it: which rows of the input an output row gathers.
///
/// @param channels of the input that have weights
/// @param perTap   depths from one tap to the next
/// @param taps     that the depth holds
record Product(
        Panels weights,
        MemorySegment bias,
        Activation activation,
        Mode mode,
        int channels,
        int perTap,
        int taps,
        int firstDepth,
        int heightIn,
        int widthIn,
        int heightOut,
        int widthOut,
        int kernelWidth,
        int stride,
        int padY,
        int padX) {
    /// In the order in which product.cu numbers them.
    enum Mode {
        DIRECT,
        CONVOLUTION,
        TRANSPOSED
    }

    int depth() {
        return perTap * taps;
    }

    static Product of(Linear op, Activation activation) {
        return new Product(op.weights(), op.bias(), activation, Mode.DIRECT, op.inputs(), op.inputs(), 1, op.inputFrom(),
                1, 1, 1, 1, 1, 1, 0, 0);
    }

    static Product of(Conv1d op) {
        return new Product(op.weights(), op.bias(), Activation.NONE, Mode.CONVOLUTION, op.cin(),
                op.weights().depth() / op.taps(), op.taps(), 0, 1, op.timeIn(), 1, op.timeOut(), op.taps(), op.stride(), 0,
                op.pad());
    }

    static Product of(ConvTranspose1d op) {
        return new Product(op.weights(), op.bias(), Activation.NONE, Mode.TRANSPOSED, op.cin(),
                op.weights().depth() / op.taps(), op.taps(), 0, 1, op.timeIn(), 1, op.timeOut(), op.taps(), op.stride(), 0,
                op.pad());
    }

    static Product of(Conv2d op, Activation activation) {
        return new Product(op.weights(), op.bias(), activation, Mode.CONVOLUTION, op.cin(), op.cin(),
                op.kernelHeight() * op.kernelWidth(), 0, op.heightIn(), op.widthIn(), op.heightOut(), op.widthOut(),
                op.kernelWidth(), op.stride(), op.pad(), op.pad());
    }
}
