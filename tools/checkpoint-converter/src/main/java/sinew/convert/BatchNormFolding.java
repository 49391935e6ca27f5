package sinew.convert;

import java.io.IOException;

/// Folds a BatchNorm in evaluation mode into the convolution before it:
/// gamma * (conv(x) - mean) / sqrt(var + eps) + beta = conv'(x) + bias (Ioffe and Szegedy 2015).
final class BatchNormFolding {
    /// torchvision's ResNets leave PyTorch's default.
    private static final double EPS = 1e-5;

    private final double[] gain;
    private final float[] bias;

    /// Each array has one value per output channel.
    BatchNormFolding(float[] gamma, float[] beta, float[] mean, float[] variance) {
        gain = new double[gamma.length];
        bias = new float[gamma.length];
        for (int i = 0; i < gain.length; i++) {
            gain[i] = gamma[i] / Math.sqrt(variance[i] + EPS);
            bias[i] = (float) (beta[i] - mean[i] * gain[i]);
        }
    }

    static BatchNormFolding of(Checkpoint checkpoint, String norm) throws IOException {
        return new BatchNormFolding(checkpoint.floats(norm + ".weight"), checkpoint.floats(norm + ".bias"),
                checkpoint.floats(norm + ".running_mean"), checkpoint.floats(norm + ".running_var"));
    }

    /// The convolution's weight for an output channel.
    float weight(int output, float weight) {
        return (float) (weight * gain[output]);
    }

    /// The convolution's new bias.
    float[] bias() {
        return bias;
    }
}
