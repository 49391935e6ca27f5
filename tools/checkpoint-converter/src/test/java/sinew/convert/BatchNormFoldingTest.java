package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BatchNormFoldingTest {
    @Test
    void aFoldedConvolutionGivesWhatConvolutionAndNormGave() {
        float[] gamma = {1.5f, -0.3f};
        float[] beta = {0.25f, -2};
        float[] mean = {0.1f, 40};
        float[] variance = {0.5f, 1e-6f};
        float[][] weight = {{0.7f, -1.1f, 2.5f}, {0.01f, 3.5f, -0.4f}};
        float[] input = {1.25f, -0.5f, 3};
        BatchNormFolding folding = new BatchNormFolding(gamma, beta, mean, variance);
        for (int o = 0; o < 2; o++) {
            double plain = 0;
            double folded = folding.bias()[o];
            for (int i = 0; i < input.length; i++) {
                plain += (double) weight[o][i] * input[i];
                folded += (double) folding.weight(o, weight[o][i]) * input[i];
            }
            double normed = gamma[o] * (plain - mean[o]) / Math.sqrt(variance[o] + 1e-5) + beta[o];
            assertEquals(normed, folded, 1e-5 * Math.max(1, Math.abs(normed)));
        }
    }
}
