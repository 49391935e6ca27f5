package sinew.runtime.demonstration;

import java.util.SplittableRandom;

/// A slow random drift of what is executed: an Ornstein-Uhlenbeck process on each joint but the grippers.
final class Disturbance {
    private static final double MEMORY = 0.85;
    private static final int JOINTS = 6;
    private final double size;
    private final SplittableRandom random;
    private double[] drift = {};

    /// @param size standard deviation in robot units; 0 for none
    Disturbance(double size, long seed) {
        this.size = size;
        random = new SplittableRandom(~seed);
    }

    float[] apply(float[] action) {
        if (size == 0) {
            return action;
        }
        if (drift.length == 0) {
            drift = new double[action.length];
        }
        float[] out = action.clone();
        for (int i = 0; i < out.length; i++) {
            if (i % JOINTS != JOINTS - 1) {
                drift[i] = MEMORY * drift[i] + Math.sqrt(1 - MEMORY * MEMORY) * size * random.nextGaussian();
                out[i] += (float) drift[i];
            }
        }
        return out;
    }
}
