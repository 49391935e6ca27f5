package sinew.engine.diffusion;

import static sinew.engine.diffusion.CleanSample.squareRoot;

import sinew.engine.policy.SchedulerSpec;

/// Deterministic sampling (eta 0) or a mixture with fresh noise. The direction back towards the noise comes from
/// the clean sample before clipping, and the last step lands on an alpha product of 1.
final class Ddim implements NoiseScheduler {
    private final SchedulerSpec.PredictionType type;
    private final float limit;
    private final boolean draws;
    private final int[] timesteps;
    private final float[] signal; // [steps] sqrt(alpha product)
    private final float[] noise; // [steps] sqrt(1 - alpha product)
    private final float[] nextSignal; // [steps]
    private final float[] direction; // [steps] weight of the predicted noise
    private final float[] deviation; // [steps] weight of fresh noise

    Ddim(SchedulerSpec spec, TimestepSpacing spacing, double eta) {
        type = spec.predictionType();
        limit = CleanSample.limit(spec);
        draws = eta > 0;
        int trainSteps = spec.numTrainTimesteps();
        timesteps = spacing.timesteps(trainSteps, spec.numInferenceSteps());
        float[] product = NoiseSchedule.of(spec.betaSchedule(), trainSteps, spec.betaStart(), spec.betaEnd())
                .alphasCumprod();
        int steps = timesteps.length;
        signal = new float[steps];
        noise = new float[steps];
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
            signal[i] = squareRoot(now);
            noise[i] = squareRoot(1 - now);
            nextSignal[i] = squareRoot(next);
            direction[i] = squareRoot(1 - next - deviation[i] * deviation[i]);
        }
    }

    @Override
    public float[] times() {
        float[] times = new float[timesteps.length];
        for (int i = 0; i < times.length; i++) {
            times[i] = timesteps[i];
        }
        return times;
    }

    @Override
    public int steps() {
        return timesteps.length;
    }

    @Override
    public boolean drawsNoise(int index) {
        return draws;
    }

    @Override
    public float signal(int index) {
        return signal[index];
    }

    @Override
    public float noise(int index) {
        return noise[index];
    }

    @Override
    public void step(int index, float[] output, float[] sample, float[] fresh, float[] earlier, int count) {
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
