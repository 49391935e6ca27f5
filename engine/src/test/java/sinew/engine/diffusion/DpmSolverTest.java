package sinew.engine.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.SchedulerSpec.BetaSchedule;
import sinew.engine.policy.SchedulerSpec.Kind;
import sinew.engine.policy.SchedulerSpec.PredictionType;

/// Holds DPM-Solver++ to trajectories recorded with diffusers, to the paper's formulas in double precision, and to an
/// equation whose solution is known.
class DpmSolverTest {
    private static final int TRAIN = 100;

    /// What the network says about each value of the sample at training step t.
    private interface Network {
        double at(double x, int t);
    }

    @Test
    void everyBundledTrajectoryOfDiffusersIsFollowed() throws IOException {
        followAll(Recording.bundled("schedulers-dpm"), 90);
    }

    @Test
    void everyRecordedTrajectoryOfDiffusersIsFollowed() throws IOException {
        Path full =
                Path.of(System.getProperty("sinew.root", ".."), "../shared/goldens/lerobot-diffusion/schedulers-dpm");
        Assumptions.assumeTrue(Files.isDirectory(full), "the full recording is not beside this checkout");
        followAll(new Recording(full), 90);
    }

    private static void followAll(Recording golden, int atLeast) {
        int followed = 0;
        double worst = 0;
        for (JsonNode c : golden.index.required("combinations")) {
            boolean ours = c.required("solver_order").asInt() == 2
                    && c.required("final_sigmas_type").asText().equals("zero");
            if (ours) {
                worst = Math.max(worst, follow(golden, c));
                followed++;
            }
        }
        assertTrue(followed >= atLeast, "only " + followed + " trajectories");
        System.out.printf("%d trajectories, largest deviation %.2g of each one's largest value%n", followed, worst);
    }

    private static double follow(Recording golden, JsonNode c) {
        String id = String.format(Locale.ROOT, "%03d", c.required("id").asInt());
        int steps = c.required("num_inference_steps").asInt();
        NoiseScheduler scheduler = NoiseScheduler.of(
                spec(Kind.DPM_SOLVER_PP, BetaSchedule.valueOf(upper(c, "beta_schedule")),
                        PredictionType.valueOf(upper(c, "prediction_type")), null, steps),
                TimestepSpacing.valueOf(upper(c, "timestep_spacing")), 0);
        assertArrayEquals(golden.ints("timesteps." + id), timesteps(scheduler), c.toString());
        float[] sample = golden.floats("initial_sample");
        float[] outputs = golden.floats("model_outputs");
        int size = sample.length;
        float[] ours = new float[steps * size];
        float[] earlier = new float[size];
        for (int i = 0; i < steps; i++) {
            scheduler.step(i, Arrays.copyOfRange(outputs, i * size, (i + 1) * size), sample, null, earlier, size);
            System.arraycopy(sample, 0, ours, i * size, size);
        }
        return assertClose(golden.floats("trajectory." + id), ours, 1e-4, c.toString());
    }

    @Test
    void theFormulasOfThePaperInDoublePrecisionAgree() throws IOException {
        Recording golden = Recording.bundled("dpm-solver");
        float[] start = floats(golden.index.required("initial_sample"));
        double worst = 0;
        int clipped = 0;
        for (JsonNode c : golden.index.required("cases")) {
            JsonNode trajectory = c.required("trajectory");
            JsonNode clip = c.required("clip_sample_range");
            NoiseScheduler scheduler = NoiseScheduler.of(
                    spec(Kind.DPM_SOLVER_PP, BetaSchedule.valueOf(upper(c, "beta_schedule")),
                            PredictionType.valueOf(upper(c, "prediction_type")),
                            clip.isNull() ? null : clip.doubleValue(), trajectory.size()),
                    TimestepSpacing.valueOf(upper(c, "timestep_spacing")), 0);
            int[] timesteps = new int[trajectory.size()];
            Arrays.setAll(timesteps, i -> c.required("timesteps").get(i).asInt());
            assertArrayEquals(timesteps, timesteps(scheduler), c.toString());
            float[][] ours = run(scheduler, start,
                    (x, t) -> 0.8 * Math.sin(1.3 * x) + 0.3 * x + 0.1 * Math.cos(0.2 * t));
            for (int i = 0; i < ours.length; i++) {
                worst = Math.max(worst, assertClose(floats(trajectory.get(i)), ours[i], 2e-5, c + " at " + i));
            }
            clipped += floats(trajectory.get(timesteps.length - 1))[0] == -1 ? 1 : 0;
        }
        assertTrue(clipped > 10, "the cases clip: " + clipped);
        System.out.printf("formulas in double precision: largest deviation %.2g%n", worst);
    }

    /// Data of a normal distribution has a network that is known, and so is where each sample flows: halving the steps
    /// must quarter the error of a solver of second order. DDIM, which is of first order, is the measure of the measure.
    @Test
    void theErrorIsOfSecondOrder() {
        double[] dpm = new double[4];
        double[] ddim = new double[4];
        for (int i = 0; i < dpm.length; i++) {
            int parts = 8 << i;
            dpm[i] = gaussianError(Kind.DPM_SOLVER_PP, parts);
            ddim[i] = gaussianError(Kind.DDIM, parts);
        }
        for (int i = 1; i < dpm.length; i++) {
            double order = Math.log(dpm[i - 1] / dpm[i]) / Math.log(2);
            double other = Math.log(ddim[i - 1] / ddim[i]) / Math.log(2);
            System.out.printf("%d steps: error %.2g, order %.2f; DDIM %.2g, order %.2f%n", 8 << i, dpm[i], order,
                    ddim[i], other);
            assertEquals(2, order, 0.35, "order between " + (4 << i) + " and " + (8 << i) + " steps");
            assertEquals(1, other, 0.35, "DDIM's order");
        }
        assertTrue(dpm[2] < ddim[2] / 3, dpm[2] + " against " + ddim[2]);
    }

    /// How far the sample is off after three quarters of the training steps, whatever their number of steps: that is a
    /// place on the grid of all of them.
    private static double gaussianError(Kind kind, int parts) {
        int train = 9600;
        double mean = 0.3;
        double variance = 0.04;
        SchedulerSpec spec = new SchedulerSpec(kind, train, BetaSchedule.LINEAR, 1e-6, 2e-3, PredictionType.EPSILON,
                false, 1, kind == Kind.DDIM ? parts : parts - 1);
        float[] product = NoiseSchedule.of(BetaSchedule.LINEAR, train, 1e-6, 2e-3).alphasCumprod();
        Network exact = (x, t) -> Math.sqrt(1 - product[t]) * (x - Math.sqrt(product[t]) * mean)
                / (product[t] * variance + 1 - product[t]);
        NoiseScheduler scheduler = NoiseScheduler.of(spec);
        int[] timesteps = timesteps(scheduler);
        assertEquals(train - train / parts, timesteps[0], kind + " begins on the grid");
        double[] at = new double[5]; // standard deviations from the mean, which the flow keeps
        float[] start = new float[at.length];
        for (int i = 0; i < at.length; i++) {
            at[i] = i - 2;
            start[i] = (float) onFlow(product[timesteps[0]], mean, variance, at[i]);
        }
        float[][] samples = run(scheduler, start, exact);
        int arrived = 0;
        while (timesteps[arrived + 1] != train / 4) {
            arrived++;
        }
        double worst = 0;
        for (int i = 0; i < at.length; i++) {
            worst = Math.max(worst,
                    Math.abs(samples[arrived][i] - onFlow(product[train / 4], mean, variance, at[i])));
        }
        return worst;
    }

    private static double onFlow(double product, double mean, double variance, double deviations) {
        return Math.sqrt(product) * mean + deviations * Math.sqrt(product * variance + 1 - product);
    }

    @Test
    void clippedSamplesStayWithinTheRange() {
        NoiseScheduler clipping = NoiseScheduler.of(
                spec(Kind.DPM_SOLVER_PP, BetaSchedule.SQUAREDCOS_CAP_V2, PredictionType.EPSILON, 0.5, 6),
                TimestepSpacing.LINSPACE, 0);
        // Where hardly any signal is left, a small error of the network makes a large one of the clean sample.
        float[][] samples = run(clipping, new float[] {1.2f, -0.8f, 0.1f}, (x, t) -> 1.02 * x);
        for (float[] sample : samples) {
            for (float value : sample) {
                assertTrue(Math.abs(value) < 2, Arrays.toString(sample));
            }
        }
        for (float value : samples[5]) {
            assertTrue(Math.abs(value) <= 0.5f, Arrays.toString(samples[5]));
        }
    }

    @Test
    void aPredictionDoesNotDependOnTheOneBefore() {
        NoiseScheduler scheduler = NoiseScheduler.of(
                spec(Kind.DPM_SOLVER_PP, BetaSchedule.LINEAR, PredictionType.EPSILON, 1.0, 4));
        float[] earlier = {Float.NaN};
        float[] sample = {0.7f};
        for (int i = 0; i < 4; i++) {
            scheduler.step(i, new float[] {0.1f * i}, sample, null, earlier, 1);
        }
        assertTrue(Float.isFinite(sample[0]), "what was left over was read: " + sample[0]);
    }

    @Test
    void impossibleChoicesAreRefused() {
        String all = refusal(BetaSchedule.LINEAR, TRAIN);
        assertTrue(all.contains("1 to 99") && all.contains("got 100") && all.contains("5 to 10"), all);
        assertTrue(refusal(BetaSchedule.LINEAR, 0).contains("1 to 100"));
        assertTrue(refusal(BetaSchedule.SIGMOID, 6).contains("DPM++ is not defined for the beta schedule 'sigmoid'"));
        NoiseScheduler most = NoiseScheduler.of(
                spec(Kind.DPM_SOLVER_PP, BetaSchedule.LINEAR, PredictionType.EPSILON, null, TRAIN - 1));
        assertEquals(1, timesteps(most)[TRAIN - 2]);
    }

    @Test
    void usersMaySpellItInSeveralWays() {
        assertEquals(Kind.DPM_SOLVER_PP, Kind.of("dpm++"));
        assertEquals(Kind.DPM_SOLVER_PP, Kind.of("DPMpp"));
        assertEquals(Kind.DDPM, Kind.of("DDPM"));
        assertEquals(null, Kind.of("dpm"));
    }

    private static String refusal(BetaSchedule schedule, int steps) {
        return assertThrows(IllegalArgumentException.class,
                () -> NoiseScheduler.of(spec(Kind.DPM_SOLVER_PP, schedule, PredictionType.EPSILON, null, steps)))
                .getMessage();
    }

    /// The sample after every step: [steps][start.length].
    private static float[][] run(NoiseScheduler scheduler, float[] start, Network network) {
        int[] timesteps = timesteps(scheduler);
        float[] sample = start.clone();
        float[] output = new float[start.length];
        float[] earlier = new float[start.length];
        float[][] samples = new float[timesteps.length][];
        for (int i = 0; i < timesteps.length; i++) {
            for (int k = 0; k < output.length; k++) {
                output[k] = (float) network.at(sample[k], timesteps[i]);
            }
            scheduler.step(i, output, sample, null, earlier, start.length);
            samples[i] = sample.clone();
        }
        return samples;
    }

    private static double assertClose(float[] expected, float[] actual, double tolerance, String what) {
        assertEquals(expected.length, actual.length, what);
        double largest = 1e-6;
        double deviation = 0;
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Float.isFinite(actual[i]), what + " at " + i);
            largest = Math.max(largest, Math.abs(expected[i]));
            deviation = Math.max(deviation, Math.abs(expected[i] - actual[i]));
        }
        assertTrue(deviation <= tolerance * largest, what + ": " + deviation + " of " + largest);
        return deviation / largest;
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = numbers.get(i).floatValue();
        }
        return floats;
    }

    private static String upper(JsonNode c, String field) {
        return c.required(field).asText().toUpperCase(Locale.ROOT);
    }

    /// @param clip the range, or null for none
    private static SchedulerSpec spec(Kind kind, BetaSchedule schedule, PredictionType type, Double clip, int steps) {
        return new SchedulerSpec(
                kind, TRAIN, schedule, 1e-4, 0.02, type, clip != null, clip == null ? 1 : clip, steps);
    }

    private static int[] timesteps(NoiseScheduler scheduler) {
        float[] times = scheduler.times();
        int[] timesteps = new int[times.length];
        for (int i = 0; i < times.length; i++) {
            timesteps[i] = (int) times[i];
        }
        return timesteps;
    }
}
