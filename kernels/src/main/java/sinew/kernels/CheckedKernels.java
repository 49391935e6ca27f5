package sinew.kernels;

import java.lang.foreign.MemorySegment;

/// Checks at the edge of every operation, for kernels behind it that use bare addresses.
final class CheckedKernels implements Kernels {
    private final Kernels kernels;

    CheckedKernels(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public String name() {
        return kernels.name();
    }

    @Override
    public Device device() {
        return kernels.device();
    }

    @Override
    public boolean prefersWinograd(int height, int width, int cin, int cout) {
        return kernels.prefersWinograd(height, width, cin, cout);
    }

    @Override
    public void linear(Linear op, Rows x, Rows out, Activation activation, int part, int parts) {
        Checks.part(part, parts);
        Checks.linear(op, x, out);
        kernels.linear(op, x, out, activation, part, parts);
    }

    @Override
    public void conv1d(Conv1d op, Rows x, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.conv1d(op, x, out, batch);
        kernels.conv1d(op, x, out, batch, part, parts);
    }

    @Override
    public void convTranspose1d(ConvTranspose1d op, Rows x, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.convTranspose1d(op, x, out, batch);
        kernels.convTranspose1d(op, x, out, batch, part, parts);
    }

    @Override
    public void conv2d(
            Conv2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.conv2d(op, x, out, residual, batch);
        kernels.conv2d(op, x, out, residual, activation, batch, part, parts);
    }

    @Override
    public void winograd2d(
            Winograd2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.winograd2d(op, x, out, residual, batch);
        kernels.winograd2d(op, x, out, residual, activation, batch, part, parts);
    }

    @Override
    public void maxPool2d(MaxPool2d op, Rows x, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.maxPool2d(op, x, out, batch);
        kernels.maxPool2d(op, x, out, batch, part, parts);
    }

    @Override
    public void averagePool(Rows x, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.averagePool(x, out, batch);
        kernels.averagePool(x, out, batch, part, parts);
    }

    @Override
    public void groupNormMish(
            GroupNorm op, Rows x, Rows out, Rows film, boolean filmScale, Rows residual, int batch, int part, int
            parts) {
        Checks.part(part, parts);
        Checks.groupNorm(op, x, out, residual, batch);
        Checks.film(op, film, filmScale, batch);
        kernels.groupNormMish(op, x, out, film, filmScale, residual, batch, part, parts);
    }

    @Override
    public void groupNormAdd(
            GroupNorm op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.groupNorm(op, x, out, residual, batch);
        kernels.groupNormAdd(op, x, out, residual, activation, batch, part, parts);
    }

    @Override
    public void activate(Activation activation, Rows x, Rows out, int part, int parts) {
        Checks.part(part, parts);
        Checks.sameShape(x, x, out);
        kernels.activate(activation, x, out, part, parts);
    }

    @Override
    public void add(Rows a, Rows b, Rows out, int part, int parts) {
        Checks.part(part, parts);
        Checks.add(a, b, out);
        kernels.add(a, b, out, part, parts);
    }

    @Override
    public void spatialSoftmax(Rows x, MemorySegment grid, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.spatialSoftmax(x, grid, out, batch);
        kernels.spatialSoftmax(x, grid, out, batch, part, parts);
    }

    @Override
    public void layerNorm(LayerNorm op, Rows x, Rows out, int part, int parts) {
        Checks.part(part, parts);
        Checks.layerNorm(op, x, out);
        kernels.layerNorm(op, x, out, part, parts);
    }

    @Override
    public void attention(Attention op, Rows q, Rows k, Rows v, Rows mask, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.attention(op, q, k, v, mask, out, batch);
        kernels.attention(op, q, k, v, mask, out, batch, part, parts);
    }

    @Override
    public void rotate(Rotary op, Rows x, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.rotate(op, x, out, batch);
        kernels.rotate(op, x, out, batch, part, parts);
    }

    @Override
    public void modulate(Rows x, Rows shift, Rows scale, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.sameShape(x, x, out);
        Checks.perSample("shift", shift, x, batch);
        Checks.perSample("scale", scale, x, batch);
        kernels.modulate(x, shift, scale, out, batch, part, parts);
    }

    @Override
    public void addGated(Rows x, Rows gate, Rows residual, Rows out, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.sameShape(x, residual, out);
        Checks.perSample("gate", gate, x, batch);
        kernels.addGated(x, gate, residual, out, batch, part, parts);
    }

    @Override
    public void copyTokens(Rows x, int from, Rows out, int to, int count, int batch, int part, int parts) {
        Checks.part(part, parts);
        Checks.copyTokens(x, from, out, to, count, batch);
        kernels.copyTokens(x, from, out, to, count, batch, part, parts);
    }

    @Override
    public void resample(Resampling op, MemorySegment rgb, MemorySegment scratch, Rows out, int part, int parts) {
        Checks.part(part, parts);
        Checks.resample(op, rgb, scratch, out);
        kernels.resample(op, rgb, scratch, out, part, parts);
    }

    @Override
    public void impose(Given given, Rows sample, float signal, float deviation, int part, int parts) {
        Checks.part(part, parts);
        Checks.impose(given, sample);
        kernels.impose(given, sample, signal, deviation, part, parts);
    }

    @Override
    public void denoise(DenoisingRule rule, Rows output, Rows sample, Rows fresh, Rows earlier, int part, int parts) {
        Checks.part(part, parts);
        Checks.denoise(rule, output, sample, fresh, earlier);
        kernels.denoise(rule, output, sample, fresh, earlier, part, parts);
    }
}
