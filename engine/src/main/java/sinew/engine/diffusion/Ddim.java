package sinew.engine.diffusion;

import static sinew.engine.diffusion.CleanSample.squareRoot;

import sinew.engine.policy.SchedulerSpec;
import sinew.kernels.DenoisingRule;

/// Deterministic sampling (eta 0) or a mixture with fresh noise. The direction back towards the noise comes from
/// the clean sample before clipping, and the last step lands on an alpha product of 1.
final class Ddim extends StepwiseScheduler {
    private final boolean draws;
    private final float[] nextSignal; // [steps]
    private final float[] direction; // [steps] weight of the predicted noise
    private final float[] deviation; // [steps] weight of fresh noise

    Ddim(SchedulerSpec spec, TimestepSpacing spacing, double eta) {
        super(spec, spacing.timesteps(spec.numTrainTimesteps(), spec.numInferenceSteps()));
        draws = eta > 0;
        int trainSteps = spec.numTrainTimesteps();
        int steps = timesteps.length;
        nextSignal = new float[steps];
        direction = new float[steps];
        deviation = new float[steps];
        for (int i = 0; i < steps; i++) {
            // diffusers goes back by the whole-number ratio here, whatever the spacing.
            int previous = timesteps[i] - trainSteps / steps;
            float now = product[timesteps[i]];
            float next = previous >= 0 ? product[previous] : 1f;
            float variance = (1 - next) / (1 - now) * (1 - now / next);
            deviation[i] = (float) eta * squareRoot(variance);
            nextSignal[i] = squareRoot(next);
            direction[i] = squareRoot(1 - next - deviation[i] * deviation[i]);
        }
    }

    @Override
    public boolean drawsNoise(int index) {
        return draws;
    }

    @Override
    public DenoisingRule rule(int index) {
        return rule(index, nextSignal[index], 0, direction[index], 0, draws ? deviation[index] : 0);
    }

    @Override
    public void step(int index, float[] output, float[] sample, float[] fresh, float[] memory, int count) {
        float s = signal[index];
        float n = noise[index];
        for (int i = 0; i < count; i++) {
            float raw = CleanSample.estimate(type, output[i], sample[i], s, n);
            float epsilon = switch (type) {
                case EPSILON -> output[i];
                case SAMPLE -> (sample[i] - s * raw) / n;
                case V_PREDICTION -> s * output[i] + n * sample[i];
            };
            float clean = Math.clamp(raw, -limit, limit);
            float next = nextSignal[index] * clean + direction[index] * epsilon;
            sample[i] = draws ? next + deviation[index] * fresh[i] : next;
        }
    }
}
