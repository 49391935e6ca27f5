package sinew.kernels;

/// Square maximum pooling.
public record MaxPool2d(int heightIn, int widthIn, int channels, int window, int stride, int pad) {
    public int heightOut() {
        return (heightIn + 2 * pad - window) / stride + 1;
    }

    public int widthOut() {
        return (widthIn + 2 * pad - window) / stride + 1;
    }
}
