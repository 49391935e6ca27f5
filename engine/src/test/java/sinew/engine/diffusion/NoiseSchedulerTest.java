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
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.SchedulerSpec.BetaSchedule;
import sinew.engine.policy.SchedulerSpec.Kind;
import sinew.engine.policy.SchedulerSpec.PredictionType;

/// Holds the samplers to trajectories recorded with diffusers.
class NoiseSchedulerTest {
    private static final int TRAIN = 100;

    @Test
    void everyBundledTrajectoryIsFollowed() throws IOException {
        followAll(Recording.bundled("schedulers"), 100);
    }

    @Test
    void everyRecordedTrajectoryIsFollowed() throws IOException {
        Path full = Path.of(System.getProperty("sinew.root", ".."), "../shared/goldens/lerobot-diffusion/schedulers");
        Assumptions.assumeTrue(Files.isDirectory(full), "the full recording is not beside this checkout");
        followAll(new Recording(full), 720);
    }

    @Test
    void schedulesAreThoseOfTheTrainingCode() throws IOException {
        Recording golden = Recording.bundled("schedulers");
        for (BetaSchedule schedule : BetaSchedule.values()) {
            String name = schedule.name().toLowerCase(Locale.ROOT);
            NoiseSchedule ours = NoiseSchedule.of(schedule, TRAIN, 1e-4, 0.02);
            assertClose(golden.floats("betas." + name), ours.betas(), 1e-5, name);
            assertClose(golden.floats("alphas_cumprod." + name), ours.alphasCumprod(), 1e-5, name);
        }
        for (int train : new int[] {50, 100, 1000}) {
            assertClose(
                    golden.floats("alphas_cumprod_train" + train + ".squaredcos_cap_v2"),
                    NoiseSchedule.of(BetaSchedule.SQUAREDCOS_CAP_V2, train, 1e-4, 0.02).alphasCumprod(),
                    1e-5,
                    "squaredcos " + train);
        }
    }

    @Test
    void timestepsAreExactForOtherTrainingLengths() throws IOException {
        Recording golden = Recording.bundled("schedulers");
        for (int[] c : new int[][] {{100, 16}, {100, 30}, {1000, 10}, {50, 16}}) {
            for (Kind kind : List.of(Kind.DDPM, Kind.DDIM)) {
                assertArrayEquals(
                        golden.ints("timesteps_train" + c[0] + "." + kind + ".leading." + c[1]),
                        whole(NoiseScheduler.of(
                                        spec(kind, BetaSchedule.LINEAR, PredictionType.EPSILON, true, c[0], c[1]))
                                .times()));
            }
        }
    }

    @Test
    void impossibleChoicesAreRefused() {
        String tooMany = assertThrows(
                        IllegalArgumentException.class,
                        () -> NoiseScheduler.of(
                                spec(Kind.DDIM, BetaSchedule.LINEAR, PredictionType.EPSILON, true, 100, 101)))
                .getMessage();
        assertTrue(tooMany.contains("1 to 100"), tooMany);
        assertThrows(
                IllegalArgumentException.class,
                () -> NoiseScheduler.of(spec(Kind.DDPM, BetaSchedule.LINEAR, PredictionType.EPSILON, true, 100, 0)));
        String sigmoid = assertThrows(
                        IllegalArgumentException.class,
                        () -> NoiseScheduler.of(
                                spec(Kind.DDIM, BetaSchedule.SIGMOID, PredictionType.EPSILON, true, 100, 10)))
                .getMessage();
        assertTrue(sigmoid.contains("DDPM"), sigmoid);
    }

    private static void followAll(Recording golden, int atLeast) {
        int followed = 0;
        double worst = 0;
        for (JsonNode c : golden.index.required("combinations")) {
            worst = Math.max(worst, follow(golden, c));
            followed++;
        }
        assertTrue(followed >= atLeast, "only " + followed + " trajectories");
        System.out.printf("%d trajectories, largest deviation %.2g of each one's largest value%n", followed, worst);
    }

    private static double follow(Recording golden, JsonNode c) {
        int steps = c.required("num_inference_steps").asInt();
        SchedulerSpec spec = spec(
                Kind.valueOf(c.required("scheduler").asText()),
                BetaSchedule.valueOf(upper(c, "beta_schedule")),
                PredictionType.valueOf(upper(c, "prediction_type")),
                c.required("clip_sample").asBoolean(),
                TRAIN,
                steps);
        NoiseScheduler scheduler = NoiseScheduler.of(
                spec, TimestepSpacing.valueOf(upper(c, "timestep_spacing")), c.required("eta").asDouble());
        assertArrayEquals(golden.ints(c.required("timesteps").asText()), whole(scheduler.times()), c.toString());

        float[] sample = golden.floats("initial_sample");
        float[] outputs = golden.floats("model_outputs");
        float[] noises = golden.floats("variance_noise");
        int size = sample.length;
        float[] ours = new float[steps * size];
        int drawn = 0;
        for (int i = 0; i < steps; i++) {
            float[] noise = null;
            if (scheduler.drawsNoise(i)) {
                noise = Arrays.copyOfRange(noises, drawn * size, (drawn + 1) * size);
                drawn++;
            }
            scheduler.step(i, Arrays.copyOfRange(outputs, i * size, (i + 1) * size), sample, noise, null, size);
            System.arraycopy(sample, 0, ours, i * size, size);
        }
        assertEquals(c.required("variance_noise_used").asInt(), drawn, c.toString());
        return assertClose(golden.floats(c.required("trajectory").asText()), ours, 1e-4, c.toString());
    }

    private static double assertClose(float[] expected, float[] actual, double tolerance, String what) {
        assertEquals(expected.length, actual.length, what);
        double largest = 1e-30;
        double deviation = 0;
        for (int i = 0; i < expected.length; i++) {
            assertEquals(Float.isFinite(expected[i]), Float.isFinite(actual[i]), what + " at " + i);
            if (Float.isFinite(expected[i])) {
                largest = Math.max(largest, Math.abs(expected[i]));
                deviation = Math.max(deviation, Math.abs(expected[i] - actual[i]));
            }
        }
        assertTrue(deviation <= tolerance * Math.max(largest, 1e-6), what + ": " + deviation + " of " + largest);
        return deviation / largest;
    }

    private static String upper(JsonNode c, String field) {
        return c.required(field).asText().toUpperCase(Locale.ROOT);
    }

    private static SchedulerSpec spec(
            Kind kind, BetaSchedule schedule, PredictionType type, boolean clip, int train, int steps) {
        return new SchedulerSpec(kind, train, schedule, 1e-4, 0.02, type, clip, 1.0, steps);
    }

    private static int[] whole(float[] times) {
        int[] whole = new int[times.length];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = (int) times[i];
            assertEquals(whole[i], times[i]);
        }
        return whole;
    }
}
