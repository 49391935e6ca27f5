package sinew.engine.diffusion;

import sinew.engine.policy.SchedulerSpec.BetaSchedule;

/// How much of the signal is left after each training step, with the roundings that the training code had:
/// float32 values, except that the running product is kept in double, as PyTorch's `cumprod` does on the CPU.
///
/// @param betas          [trainSteps] variance added by each step
/// @param alphasCumprod  [trainSteps] product of (1 - beta) up to and including each step
record NoiseSchedule(float[] betas, float[] alphasCumprod) {

    static NoiseSchedule of(BetaSchedule schedule, int trainSteps, double betaStart, double betaEnd) {
        float[] betas = switch (schedule) {
            case LINEAR -> linspace((float) betaStart, (float) betaEnd, trainSteps);
            case SCALED_LINEAR -> scaledLinear(betaStart, betaEnd, trainSteps);
            case SQUAREDCOS_CAP_V2 -> squaredCosine(trainSteps);
            case SIGMOID -> sigmoid((float) betaStart, (float) betaEnd, trainSteps);
        };
        float[] product = new float[trainSteps];
        double running = 1;
        for (int i = 0; i < trainSteps; i++) {
            running *= 1f - betas[i];
            product[i] = (float) running;
        }
        return new NoiseSchedule(betas, product);
    }

    /// Steps from both ends towards the middle, as torch.linspace does, so that the last value is exact.
    private static float[] linspace(float start, float end, int count) {
        float[] out = new float[count];
        float gap = count > 1 ? (end - start) / (count - 1) : 0;
        for (int i = 0; i < count; i++) {
            out[i] = i < count / 2 || count == 1 ? start + gap * i : end - gap * (count - 1 - i);
        }
        return out;
    }

    private static float[] scaledLinear(double betaStart, double betaEnd, int count) {
        float[] out = linspace((float) Math.sqrt(betaStart), (float) Math.sqrt(betaEnd), count);
        for (int i = 0; i < count; i++) {
            out[i] *= out[i];
        }
        return out;
    }

    /// Nichol and Dhariwal 2021, with diffusers' cap of 0.999.
    private static float[] squaredCosine(int count) {
        float[] out = new float[count];
        for (int i = 0; i < count; i++) {
            out[i] = (float) Math.min(1 - alphaBar((i + 1) / (double) count) / alphaBar(i / (double) count), 0.999);
        }
        return out;
    }

    private static double alphaBar(double t) {
        double c = StrictMath.cos((t + 0.008) / 1.008 * Math.PI / 2);
        return c * c;
    }

    private static float[] sigmoid(float betaStart, float betaEnd, int count) {
        float[] out = linspace(-6, 6, count);
        for (int i = 0; i < count; i++) {
            float s = (float) (1 / (1 + StrictMath.exp(-out[i])));
            out[i] = s * (betaEnd - betaStart) + betaStart;
        }
        return out;
    }
}
