package sinew.engine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.policy.SchedulerSpec;

class KnownTest {
    private static final SchedulerSpec DDIM = new SchedulerSpec(SchedulerSpec.Kind.DDIM, 100,
            SchedulerSpec.BetaSchedule.SQUAREDCOS_CAP_V2, 1e-4, 0.02, SchedulerSpec.PredictionType.EPSILON, true, 1, 4);

    @Test
    void givenEntriesAreWrittenOverTheSampleAndOthersStay() {
        Known known = new Known(6);
        assertTrue(known.isEmpty());
        known.give(1, new float[] {7, 10, 20}, 1, 2, Known.Level.CLEAN);
        known.give(4, new float[] {30}, 0, 1, Known.Level.NOISED);
        known.begin(new float[] {1, 2, 3, 4, 5, 6});
        float[] sample = {0, 0, 0, 0, 0, 0};
        known.impose(sample, 0.5f, 2);
        assertArrayEquals(new float[] {0, 10, 20, 0, 25, 0}, sample);
        known.impose(sample);
        assertArrayEquals(new float[] {0, 10, 20, 0, 30, 0}, sample);
        known.clear();
        known.impose(sample, 0, 0);
        assertArrayEquals(new float[] {0, 10, 20, 0, 30, 0}, sample);
    }

    /// A noised entry is at every step where a network that knows it would have brought it.
    @Test
    void aPredictionShowsNoisedEntriesAtTheStepsOwnLevel() {
        NoiseScheduler scheduler = NoiseScheduler.of(DDIM);
        Prediction prediction = new Prediction(null, (out, count) -> {
            out[0] = 1;
            out[1] = -0.5f;
        }, scheduler, null, 2);
        prediction.known.give(1, new float[] {0.25f}, 0, 1, Known.Level.NOISED);
        prediction.start();
        float signal = 1;
        while (!prediction.afterLastStep()) {
            int step = prediction.step();
            prediction.impose();
            assertEquals(1, Math.hypot(scheduler.signal(step), scheduler.noise(step)), 1e-6);
            assertEquals(scheduler.signal(step) * 0.25f + scheduler.noise(step) * -0.5f, prediction.sample[1]);
            // The network's answer for one who knows: the noise it began with.
            prediction.output[0] = 1;
            prediction.output[1] = -0.5f;
            prediction.advance();
            if (!prediction.afterLastStep()) {
                int next = prediction.step();
                signal = scheduler.signal(next);
                assertEquals(signal * 0.25f + scheduler.noise(next) * -0.5f, prediction.sample[1], 1e-6f);
            }
        }
        prediction.conclude();
        assertEquals(0.25f, prediction.sample[1]);
        assertTrue(signal > 0.5f);
    }
}
