package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Every operation as its definition reads. It is the oracle for the fast implementation, and the
/// fallback where the JVM has no vector module.
final class ScalarKernels implements Kernels {
    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void linear(Linear op, Rows x, Rows out, Activation activation, int part, int parts) {
        int end = Parts.begin(op.outputs(), part + 1, parts);
        for (int o = Parts.begin(op.outputs(), part, parts); o < end; o++) {
            for (int row = 0; row < x.rows(); row++) {
                float sum = begin(op.weights(), op.bias(), o);
                for (int i = 0; i < op.inputs(); i++) {
                    sum = Math.fma(x.at(row, i), op.weights().at(o, op.inputFrom() + i), sum);
                }
                sum = op.inputs() % op.weights().type().group() == 0 ? sum : sum + 0.0f;
                out.set(row, o, ScalarMath.activate(activation, end(op.weights(), op.bias(), o, sum)));
            }
        }
    }

    @Override
    public void conv1d(Conv1d op, Rows x, Rows out, int batch, int part, int parts) {
        int timeOut = op.timeOut();
        int end = Parts.begin(op.cout(), part + 1, parts);
        for (int o = Parts.begin(op.cout(), part, parts); o < end; o++) {
            for (int row = 0; row < batch * timeOut; row++) {
                out.set(row, o, conv1dAt(op, x, row / timeOut, row % timeOut, o));
            }
        }
    }

    private static float conv1dAt(Conv1d op, Rows x, int sample, int time, int o) {
        float sum = begin(op.weights(), op.bias(), o);
        for (int tap = 0; tap < op.taps(); tap++) {
            int from = time * op.stride() - op.pad() + tap;
            if (from >= 0 && from < op.timeIn()) {
                sum = tap(op.weights(), op.cin(), x, sample * op.timeIn() + from, tap, o, sum);
            }
        }
        return end(op.weights(), op.bias(), o, sum);
    }

    /// All channels of one input row under one tap.
    private static float tap(Panels weights, int cin, Rows x, int row, int tap, int o, float sum) {
        int depth = tap * Panels.aligned(cin);
        for (int c = 0; c < cin; c++) {
            sum = Math.fma(x.at(row, c), weights.at(o, depth + c), sum);
        }
        // A group that the channels do not fill ends with zeros: they turn a sum of -0 into 0.
        return cin % weights.type().group() == 0 ? sum : sum + 0.0f;
    }

    /// Chains begin with the bias, those of INT8 weights with 0.
    private static float begin(Panels weights, MemorySegment bias, int o) {
        return weights.scales() == null ? value(bias, o) : 0.0f;
    }

    private static float end(Panels weights, MemorySegment bias, int o, float sum) {
        return weights.scales() == null ? sum : Math.fma(sum, value(weights.scales(), o), value(bias, o));
    }

    @Override
    public void convTranspose1d(ConvTranspose1d op, Rows x, Rows out, int batch, int part, int parts) {
        int timeOut = op.timeOut();
        int end = Parts.begin(op.cout(), part + 1, parts);
        for (int o = Parts.begin(op.cout(), part, parts); o < end; o++) {
            for (int row = 0; row < batch * timeOut; row++) {
                out.set(row, o, convTranspose1dAt(op, x, row / timeOut, row % timeOut, o));
            }
        }
    }

    private static float convTranspose1dAt(ConvTranspose1d op, Rows x, int sample, int time, int o) {
        float sum = begin(op.weights(), op.bias(), o);
        for (int tap = 0; tap < op.taps(); tap++) {
            int scaled = time + op.pad() - tap;
            if (scaled >= 0 && scaled % op.stride() == 0 && scaled / op.stride() < op.timeIn()) {
                int row = sample * op.timeIn() + scaled / op.stride();
                sum = tap(op.weights(), op.cin(), x, row, tap, o, sum);
            }
        }
        return end(op.weights(), op.bias(), o, sum);
    }

    @Override
    public void conv2d(
            Conv2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        int width = op.widthOut();
        int end = Parts.begin(out.rows(), part + 1, parts);
        for (int row = Parts.begin(out.rows(), part, parts); row < end; row++) {
            int line = row / width;
            for (int o = 0; o < op.cout(); o++) {
                float sum = conv2dAt(op, x, line / op.heightOut(), line % op.heightOut(), row % width, o);
                float total = residual == null ? sum : sum + residual.at(row, o);
                out.set(row, o, ScalarMath.activate(activation, total));
            }
        }
    }

    private static float conv2dAt(Conv2d op, Rows x, int sample, int yOut, int xOut, int o) {
        float sum = value(op.bias(), o);
        for (int ky = 0; ky < op.kernelHeight(); ky++) {
            int y = yOut * op.stride() - op.pad() + ky;
            for (int kx = 0; kx < op.kernelWidth() && y >= 0 && y < op.heightIn(); kx++) {
                int column = xOut * op.stride() - op.pad() + kx;
                if (column < 0 || column >= op.widthIn()) {
                    continue;
                }
                int row = (sample * op.heightIn() + y) * op.widthIn() + column;
                int depth = (ky * op.kernelWidth() + kx) * op.cin();
                for (int c = 0; c < op.cin(); c++) {
                    sum = Math.fma(x.at(row, c), op.weights().at(o, depth + c), sum);
                }
            }
        }
        return sum;
    }

    @Override
    public void winograd2d(
            Winograd2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        ScalarWinograd.run(op, x, out, residual, activation, batch, part, parts);
    }

    @Override
    public void maxPool2d(MaxPool2d op, Rows x, Rows out, int batch, int part, int parts) {
        int width = op.widthOut();
        int end = Parts.begin(out.rows(), part + 1, parts);
        for (int row = Parts.begin(out.rows(), part, parts); row < end; row++) {
            int line = row / width;
            for (int c = 0; c < op.channels(); c++) {
                out.set(row, c, maxAt(op, x, line / op.heightOut(), line % op.heightOut(), row % width, c));
            }
        }
    }

    private static float maxAt(MaxPool2d op, Rows x, int sample, int yOut, int xOut, int c) {
        float max = Float.NEGATIVE_INFINITY;
        int top = yOut * op.stride() - op.pad();
        int left = xOut * op.stride() - op.pad();
        for (int y = Math.max(top, 0); y < Math.min(top + op.window(), op.heightIn()); y++) {
            for (int column = Math.max(left, 0); column < Math.min(left + op.window(), op.widthIn()); column++) {
                max = Math.max(max, x.at((sample * op.heightIn() + y) * op.widthIn() + column, c));
            }
        }
        return max;
    }

    @Override
    public void averagePool(Rows x, Rows out, int batch, int part, int parts) {
        int positions = x.rows() / batch;
        int end = Parts.begin(x.columns(), part + 1, parts);
        for (int c = Parts.begin(x.columns(), part, parts); c < end; c++) {
            for (int sample = 0; sample < batch; sample++) {
                float sum = 0;
                for (int p = 0; p < positions; p++) {
                    sum += x.at(sample * positions + p, c);
                }
                out.set(sample, c, sum / positions);
            }
        }
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
        ScalarGroupNorm.mish(op, x, out, film, filmScale, residual, batch, part, parts);
    }

    @Override
    public void groupNormAdd(
            GroupNorm op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        ScalarGroupNorm.add(op, x, out, residual, activation, batch, part, parts);
    }

    @Override
    public void activate(Activation activation, Rows x, Rows out, int part, int parts) {
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            for (int c = 0; c < x.columns(); c++) {
                out.set(row, c, ScalarMath.activate(activation, x.at(row, c)));
            }
        }
    }

    @Override
    public void add(Rows a, Rows b, Rows out, int part, int parts) {
        int end = Parts.begin(a.rows(), part + 1, parts);
        for (int row = Parts.begin(a.rows(), part, parts); row < end; row++) {
            for (int c = 0; c < a.columns(); c++) {
                out.set(row, c, a.at(row, c) + b.at(row % b.rows(), c));
            }
        }
    }

    @Override
    public void spatialSoftmax(Rows x, MemorySegment grid, Rows out, int batch, int part, int parts) {
        int positions = x.rows() / batch;
        int units = batch * x.columns();
        int end = Parts.begin(units, part + 1, parts);
        for (int unit = Parts.begin(units, part, parts); unit < end; unit++) {
            int sample = unit / x.columns();
            softmaxAt(x, grid, out, sample, unit % x.columns(), positions);
        }
    }

    private static void softmaxAt(Rows x, MemorySegment grid, Rows out, int sample, int keypoint, int positions) {
        int from = sample * positions;
        float max = Float.NEGATIVE_INFINITY;
        for (int p = 0; p < positions; p++) {
            max = Math.max(max, x.at(from + p, keypoint));
        }
        float sum = 0;
        float sumX = 0;
        float sumY = 0;
        for (int p = 0; p < positions; p++) {
            float e = ScalarMath.exp(x.at(from + p, keypoint) - max);
            sum += e;
            sumX = Math.fma(e, value(grid, 2 * p), sumX);
            sumY = Math.fma(e, value(grid, 2 * p + 1), sumY);
        }
        out.set(sample, 2 * keypoint, sumX / sum);
        out.set(sample, 2 * keypoint + 1, sumY / sum);
    }

    @Override
    public void layerNorm(LayerNorm op, Rows x, Rows out, int part, int parts) {
        ScalarTokens.layerNorm(op, x, out, part, parts);
    }

    @Override
    public void attention(
            Attention op, Rows q, Rows k, Rows v, Rows mask, Rows out, int batch, int part, int parts) {
        ScalarTokens.attention(op, q, k, v, mask, out, batch, part, parts);
    }

    @Override
    public void rotate(Rotary op, Rows x, Rows out, int batch, int part, int parts) {
        ScalarTokens.rotate(op, x, out, part, parts);
    }

    @Override
    public void modulate(Rows x, Rows shift, Rows scale, Rows out, int batch, int part, int parts) {
        ScalarTokens.modulate(x, shift, scale, out, part, parts);
    }

    @Override
    public void addGated(Rows x, Rows gate, Rows residual, Rows out, int batch, int part, int parts) {
        ScalarTokens.addGated(x, gate, residual, out, part, parts);
    }

    @Override
    public void copyTokens(Rows x, int from, Rows out, int to, int count, int batch, int part, int parts) {
        Tokens.copy(x, from, out, to, count, batch, part, parts);
    }

    private static float value(MemorySegment vector, int index) {
        return vector == null ? 0.0f : vector.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }
}
