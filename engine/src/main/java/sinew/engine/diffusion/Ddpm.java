package sinew.engine.diffusion;

import static sinew.engine.diffusion.CleanSample.squareRoot;

import sinew.engine.policy.SchedulerSpec;

/// Ancestral sampling with the posterior's own variance (`fixed_small`); the step at 0 adds no noise.
final class Ddpm implements NoiseScheduler {
    private static final float SMALLEST_VARIANCE = 1e-20f;

    private final SchedulerSpec.PredictionType type;
    private final float limit;
    private final int[] timesteps;
    private final float[] signal; // [steps] sqrt(alpha product)
    private final float[] noise; // [steps] sqrt(1 - alpha product)
    private final float[] cleanWeight; // [steps]
    private final float[] sampleWeight; // [steps]
    private final float[] deviation; // [steps]

    Ddpm(SchedulerSpec spec, TimestepSpacing spacing) {
        type = spec.predictionType();
        limit = CleanSample.limit(spec);
        timesteps = spacing.timesteps(spec.numTrainTimesteps(), spec.numInferenceSteps());
        float[] product = NoiseSchedule.of(
                        spec.betaSchedule(), spec.numTrainTimesteps(), spec.betaStart(), spec.betaEnd())
                .alphasCumprod();
        int steps = timesteps.length;
        signal = new float[steps];
        noise = new float[steps];
        cleanWeight = new float[steps];
        sampleWeight = new float[steps];
        deviation = new float[steps];
        for (int i = 0; i < steps; i++) {
            float now = product[timesteps[i]];
            float next = i + 1 < steps ? product[timesteps[i + 1]] : 1f;
            float ratio = now / next;
            signal[i] = squareRoot(now);
            noise[i] = squareRoot(1 - now);
            cleanWeight[i] = squareRoot(next) * (1 - ratio) / (1 - now);
            sampleWeight[i] = squareRoot(ratio) * (1 - next) / (1 - now);
            deviation[i] = squareRoot(Math.max((1 - next) / (1 - now) * (1 - ratio), SMALLEST_VARIANCE));
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
        return timesteps[index] > 0;
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
        boolean draws = drawsNoise(index);
        for (int i = 0; i < count; i++) {
            float clean = CleanSample.estimate(type, output[i], sample[i], signal[index], noise[index]);
            clean = Math.clamp(clean, -limit, limit);
            float mean = cleanWeight[index] * clean + sampleWeight[index] * sample[i];
            sample[i] = draws ? mean + deviation[index] * fresh[i] : mean;
        }
    }
}
