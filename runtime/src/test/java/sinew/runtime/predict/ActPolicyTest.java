package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.convert.safetensors.SafetensorsWriter;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;

/// ACT in the forms of which there is no recording, against a reference of its own; and its sessions.
class ActPolicyTest {
    private static final int WIDTH = 24; // no multiple of a panel
    private static final int HEADS = 3;
    private static final int FEED_FORWARD = 20;
    private static final int STATE = 5;
    private static final int ENV = 3;
    private static final int ACTION = 4;
    private static final int CHUNK = 7;
    private static final int ENCODER_LAYERS = 2;
    private static final int DECODER_LAYERS = 2;

    @TempDir
    Path temporary;

    @ParameterizedTest
    @CsvSource({
        "false, false, true, true",
        "true, false, true, true",
        "true, true, true, false",
        "false, true, false, true",
    })
    void isWhatTheReferenceSays(boolean preNorm, boolean gelu, boolean state, boolean env) throws IOException {
        Checkpoint checkpoint = write(preNorm, gelu, state, env, CHUNK - 2, null);
        Observation observation = observation(state, env, 1);
        try (Policy policy = load(checkpoint)) {
            ActionChunk chunk = session(policy).predict(observation);
            assertEquals(CHUNK - 2, chunk.steps());
            assertTrue(deviation(checkpoint, preNorm, gelu, observation, chunk) < 2e-6);
            double otherNorm = preNorm ? 1 : deviation(checkpoint, !preNorm, gelu, observation, chunk, "encoder.norm");
            assertTrue(otherNorm > 1e-2, "the place of the norms makes no difference: " + otherNorm);
            double otherActivation = deviation(checkpoint, preNorm, !gelu, observation, chunk);
            assertTrue(otherActivation > 1e-4, "the activation makes no difference: " + otherActivation);
        }
    }

    @Test
    void ensemblesOverlappingChunks() throws IOException {
        Checkpoint plain = write(false, false, true, false, CHUNK, null);
        Checkpoint ensembling = write(false, false, true, false, 1, 0.3);
        try (Policy chunks = load(plain);
                Policy policy = load(ensembling)) {
            PolicySession whole = session(chunks);
            PolicySession session = session(policy);
            List<float[]> seen = new ArrayList<>();
            for (int tick = 0; tick < 2 * CHUNK; tick++) {
                if (tick == CHUNK + 3) {
                    session.reset();
                    seen.clear();
                }
                Observation observation = observation(true, false, tick);
                seen.add(whole.predict(observation).values());
                float[] action = session.predict(observation).values();
                assertEquals(ACTION, action.length);
                int oldest = Math.max(0, seen.size() - CHUNK);
                for (int i = 0; i < ACTION; i++) {
                    double sum = 0;
                    double weights = 0;
                    for (int from = oldest; from < seen.size(); from++) {
                        double weight = Math.exp(-0.3 * (from - oldest));
                        sum += weight * seen.get(from)[(seen.size() - 1 - from) * ACTION + i];
                        weights += weight;
                    }
                    assertEquals(sum / weights, action[i], 2e-6, "tick " + tick);
                }
            }
        }
    }

    @Test
    void sessionsOfSeveralThreadsDoNotDisturbEachOther() throws Exception {
        Checkpoint checkpoint = write(false, false, true, true, CHUNK, null);
        try (Policy policy = load(checkpoint);
                ExecutorService robots = Executors.newFixedThreadPool(4)) {
            List<float[]> alone = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                alone.add(session(policy).predict(observation(true, true, i)).values());
            }
            List<Callable<List<float[]>>> work = new ArrayList<>();
            for (int robot = 0; robot < 4; robot++) {
                work.add(() -> {
                    PolicySession session = session(policy);
                    List<float[]> own = new ArrayList<>();
                    for (int i = 0; i < 12; i++) {
                        own.add(session.predict(observation(true, true, i)).values());
                    }
                    return own;
                });
            }
            for (Future<List<float[]>> done : robots.invokeAll(work)) {
                for (int i = 0; i < 12; i++) {
                    assertArrayEquals(alone.get(i), done.get().get(i));
                }
            }
            assertEquals(60, policy.passCounts()[0]);
        }
    }

    @Test
    void aClosedPolicyRefusesAndDenoisingStepsAreNotForIt() throws IOException {
        Policy policy = load(write(false, false, true, false, CHUNK, null));
        PolicySession session = session(policy);
        session.predict(observation(true, false, 0));
        assertThrows(IllegalArgumentException.class, () ->
                policy.newSession((out, count) -> {}, new SamplingOptions(SchedulerSpec.Kind.DDIM, null)));
        assertThrows(IllegalArgumentException.class, () ->
                policy.newSession((out, count) -> {}, new SamplingOptions(null, 5)));
        policy.close();
        policy.close();
        assertThrows(IllegalStateException.class, () -> session.predict(observation(true, false, 0)));
    }

    private static PolicySession session(Policy policy) {
        return policy.newSession((out, count) -> {
            throw new AssertionError("ACT draws no noise");
        }, SamplingOptions.FROM_CHECKPOINT);
    }

    private static double deviation(
            Checkpoint checkpoint, boolean preNorm, boolean gelu, Observation observation, ActionChunk chunk,
            String... plainNorms) {
        Map<String, float[]> weights = new LinkedHashMap<>(checkpoint.weights);
        for (String norm : plainNorms) {
            float[] ones = new float[WIDTH];
            Arrays.fill(ones, 1);
            weights.putIfAbsent(norm + ".weight", ones);
            weights.putIfAbsent(norm + ".bias", new float[WIDTH]);
        }
        double[][] want = new ActReference(weights, WIDTH, HEADS, preNorm, gelu).run(
                observation.states().get("observation.state"),
                observation.states().get("observation.environment_state"), ENCODER_LAYERS, DECODER_LAYERS, CHUNK);
        double worst = 0;
        for (int t = 0; t < chunk.steps(); t++) {
            for (int i = 0; i < ACTION; i++) {
                worst = Math.max(worst, Math.abs(want[t][i] - chunk.values()[t * ACTION + i]));
            }
        }
        return worst;
    }

    private static Observation observation(boolean state, boolean env, long seed) {
        Random random = new Random(seed);
        Map<String, float[]> states = new LinkedHashMap<>();
        if (state) {
            states.put("observation.state", values(random, STATE, 1));
        }
        if (env) {
            states.put("observation.environment_state", values(random, ENV, 1));
        }
        return new Observation(states, Map.of());
    }

    private Policy load(Checkpoint checkpoint) throws IOException {
        Path weights = TestPolicies.convert(
                checkpoint.folder, temporary.resolve(checkpoint.folder.getFileName() + ".gguf"));
        Policy policy = TestPolicies.load(weights, 2);
        assertTrue(policy.spec() instanceof ActSpec);
        return policy;
    }

    private record Checkpoint(Path folder, Map<String, float[]> weights) {}

    private Checkpoint write(
            boolean preNorm, boolean gelu, boolean state, boolean env, int actionSteps, Double coefficient)
            throws IOException {
        Map<String, int[]> shapes = shapes(preNorm, state, env);
        Map<String, float[]> weights = new LinkedHashMap<>();
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        Random random = new Random(5);
        shapes.forEach((name, shape) -> {
            int size = 1;
            for (int n : shape) {
                size *= n;
            }
            float[] values = values(random, size, shape.length == 1 ? 0.3 : 1 / Math.sqrt(shape[1]));
            if (name.contains("norm") && name.endsWith("weight")) {
                for (int i = 0; i < size; i++) {
                    values[i] += 1;
                }
            }
            weights.put(name, values);
            writer.floats("model." + name, values, shape);
        });
        Path folder = Files.createTempDirectory(temporary, "act");
        writer.write(folder.resolve("model.safetensors"));
        String inputs = (state ? "\"observation.state\": {\"type\": \"STATE\", \"shape\": [" + STATE + "]}" : "")
                + (state && env ? ", " : "")
                + (env ? "\"observation.environment_state\": {\"type\": \"ENV\", \"shape\": [" + ENV + "]}" : "");
        Files.writeString(folder.resolve("config.json"), """
                {"type": "act", "chunk_size": %d, "n_action_steps": %d, "dim_model": %d, "n_heads": %d,
                 "dim_feedforward": %d, "n_encoder_layers": %d, "n_decoder_layers": %d, "pre_norm": %s,
                 "feedforward_activation": "%s", "use_vae": false, "temporal_ensemble_coeff": %s,
                 "normalization_mapping": {"STATE": "IDENTITY", "ENV": "IDENTITY", "ACTION": "IDENTITY"},
                 "input_features": {%s},
                 "output_features": {"action": {"type": "ACTION", "shape": [%d]}}}
                """.formatted(CHUNK, actionSteps, WIDTH, HEADS, FEED_FORWARD, ENCODER_LAYERS, DECODER_LAYERS, preNorm,
                gelu ? "gelu" : "relu", coefficient, inputs, ACTION));
        return new Checkpoint(folder, weights);
    }

    private static Map<String, int[]> shapes(boolean preNorm, boolean state, boolean env) {
        Map<String, int[]> shapes = new LinkedHashMap<>();
        linear(shapes, "encoder_latent_input_proj", WIDTH, 8);
        if (state) {
            linear(shapes, "encoder_robot_state_input_proj", WIDTH, STATE);
        }
        if (env) {
            linear(shapes, "encoder_env_state_input_proj", WIDTH, ENV);
        }
        int tokens = 1 + (state ? 1 : 0) + (env ? 1 : 0);
        shapes.put("encoder_1d_feature_pos_embed.weight", new int[] {tokens, WIDTH});
        for (int i = 0; i < ENCODER_LAYERS; i++) {
            layer(shapes, "encoder.layers." + i, false);
        }
        if (preNorm) {
            norm(shapes, "encoder.norm");
        }
        shapes.put("decoder_pos_embed.weight", new int[] {CHUNK, WIDTH});
        for (int i = 0; i < DECODER_LAYERS; i++) {
            layer(shapes, "decoder.layers." + i, true);
        }
        norm(shapes, "decoder.norm");
        linear(shapes, "action_head", ACTION, WIDTH);
        return shapes;
    }

    private static void layer(Map<String, int[]> shapes, String name, boolean decoder) {
        for (String attention : decoder ? List.of("self_attn", "multihead_attn") : List.of("self_attn")) {
            shapes.put(name + "." + attention + ".in_proj_weight", new int[] {3 * WIDTH, WIDTH});
            shapes.put(name + "." + attention + ".in_proj_bias", new int[] {3 * WIDTH});
            linear(shapes, name + "." + attention + ".out_proj", WIDTH, WIDTH);
        }
        linear(shapes, name + ".linear1", FEED_FORWARD, WIDTH);
        linear(shapes, name + ".linear2", WIDTH, FEED_FORWARD);
        norm(shapes, name + ".norm1");
        norm(shapes, name + ".norm2");
        if (decoder) {
            norm(shapes, name + ".norm3");
        }
    }

    private static void linear(Map<String, int[]> shapes, String name, int out, int in) {
        shapes.put(name + ".weight", new int[] {out, in});
        shapes.put(name + ".bias", new int[] {out});
    }

    private static void norm(Map<String, int[]> shapes, String name) {
        shapes.put(name + ".weight", new int[] {WIDTH});
        shapes.put(name + ".bias", new int[] {WIDTH});
    }

    private static float[] values(Random random, int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }
}
