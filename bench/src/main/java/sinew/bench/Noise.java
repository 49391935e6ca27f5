package sinew.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import sinew.bench.peers.NetworkInput;

/// Made-up inputs: normal values, and a step in the middle of a schedule.
final class Noise {
    private static final int TIMESTEP = 50;

    private Noise() {}

    /// @param samples    floats of all samples
    /// @param conditions floats of all conditions
    static NetworkInput unet(int batch, int samples, int conditions) {
        int[] timesteps = new int[batch];
        Arrays.fill(timesteps, TIMESTEP);
        return new NetworkInput(normal(samples), timesteps, normal(conditions));
    }

    static NetworkInput images(int batch, int height, int width) {
        return new NetworkInput(normal(batch * height * width * 3), null, null);
    }

    private static float[] normal(int count) {
        SplittableRandom random = new SplittableRandom(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
