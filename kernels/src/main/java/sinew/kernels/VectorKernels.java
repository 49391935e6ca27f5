package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// The operations on the JDK's Vector API. Tiles use bare addresses.
final class VectorKernels implements Kernels {
    @Override
    public String name() {
        return "simd-" + Simd.BITS;
    }

    @Override
    public void linear(Linear op, Rows x, Rows out, Activation activation, int part, int parts) {
        VectorTaps.linear(op, x, out, activation, part, parts);
    }

    @Override
    public void conv1d(Conv1d op, Rows x, Rows out, int batch, int part, int parts) {
        VectorTaps.conv1d(op, x, out, part, parts);
    }

    @Override
    public void convTranspose1d(ConvTranspose1d op, Rows x, Rows out, int batch, int part, int parts) {
        VectorTaps.convTranspose1d(op, x, out, part, parts);
    }

    @Override
    public void conv2d(
            Conv2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        VectorConv2d.conv2d(op, x, out, residual, activation, part, parts);
    }

    @Override
    public void winograd2d(
            Winograd2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        VectorWinograd.run(op, x, out, residual, activation, batch, part, parts);
    }

    @Override
    public void maxPool2d(MaxPool2d op, Rows x, Rows out, int batch, int part, int parts) {
        VectorElementwise.maxPool2d(op, x, out, part, parts);
    }

    @Override
    public void averagePool(Rows x, Rows out, int batch, int part, int parts) {
        VectorElementwise.averagePool(x, out, batch, part, parts);
    }

    @Override
    public void groupNormMish(
            GroupNorm op,
            Rows x,
            Rows out,
            Rows film,
            boolean filmScale,
            Rows residual,
            int batch,
            int part,
            int parts) {
        VectorGroupNorm.mish(op, x, out, film, filmScale, residual, batch, part, parts);
    }

    @Override
    public void groupNormAdd(
            GroupNorm op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        VectorGroupNorm.add(op, x, out, residual, activation, batch, part, parts);
    }

    @Override
    public void activate(Activation activation, Rows x, Rows out, int part, int parts) {
        VectorElementwise.activate(activation, x, out, part, parts);
    }

    @Override
    public void add(Rows a, Rows b, Rows out, int part, int parts) {
        VectorElementwise.add(a, b, out, part, parts);
    }

    @Override
    public void spatialSoftmax(Rows x, MemorySegment grid, Rows out, int batch, int part, int parts) {
        VectorSoftmax.spatialSoftmax(x, grid, out, batch, part, parts);
    }

    @Override
    public void layerNorm(LayerNorm op, Rows x, Rows out, int part, int parts) {
        VectorTokens.layerNorm(op, x, out, part, parts);
    }

    @Override
    public void attention(
            Attention op, Rows q, Rows k, Rows v, Rows mask, Rows out, int batch, int part, int parts) {
        VectorAttention.run(op, q, k, v, mask, out, batch, part, parts);
    }

    @Override
    public void rotate(Rotary op, Rows x, Rows out, int batch, int part, int parts) {
        VectorTokens.rotate(op, x, out, part, parts);
    }

    @Override
    public void modulate(Rows x, Rows shift, Rows scale, Rows out, int batch, int part, int parts) {
        VectorTokens.modulate(x, shift, scale, out, part, parts);
    }

    @Override
    public void addGated(Rows x, Rows gate, Rows residual, Rows out, int batch, int part, int parts) {
        VectorTokens.addGated(x, gate, residual, out, part, parts);
    }

    @Override
    public void copyTokens(Rows x, int from, Rows out, int to, int count, int batch, int part, int parts) {
        Tokens.copy(x, from, out, to, count, batch, part, parts);
    }
}
