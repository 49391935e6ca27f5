package sinew.engine.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sinew.engine.weights.Metadata;
import sinew.engine.weights.WeightsFormatException;

class SpecMetadataTest {
    private static final Feature STATE = new Feature("observation.state", FeatureType.STATE, List.of(6));
    private static final Feature FRONT =
            new Feature("observation.images.front", FeatureType.VISUAL, List.of(3, 48, 64));
    private static final Feature ACTION = new Feature("action", FeatureType.ACTION, List.of(6));

    @Test
    void specsComeBackEqual() {
        for (DiffusionSpec spec : List.of(
                spec(16, new VisionSpec.Size(96, 128), new VisionSpec.Size(84, 112)),
                spec(16, null, null),
                spec(64, null, new VisionSpec.Size(40, 40)))) {
            Metadata.Builder out = new Metadata.Builder();
            SpecMetadata.write(spec, out);
            assertEquals(spec, SpecMetadata.read(out.build(Path.of("x.gguf"))));
        }
    }

    @Test
    void specsOfDiffusionPolicyComeBackEqual() {
        DiffusionSpec base = spec(16, null, null);
        Feature obs = new Feature("obs", FeatureType.STATE, List.of(5));
        for (DenoiserSpec network : List.of(
                base.unet(),
                new TransformerSpec(3, 4, 32, 0, true, true),
                new TransformerSpec(2, 5, 40, 2, false, false))) {
            for (DiffusionSpec.Observations observations : DiffusionSpec.Observations.values()) {
                DiffusionSpec spec = new DiffusionSpec(DiffusionSpec.Origin.DIFFUSION_POLICY, List.of(obs), ACTION, 3, 16,
                        8, 3, observations, Map.of(), null, network, base.scheduler());
                Metadata.Builder out = new Metadata.Builder();
                SpecMetadata.write(spec, out);
                Metadata metadata = out.build(Path.of("x.gguf"));
                if (network instanceof TransformerSpec transformer && !transformer.timeAsCondition()
                        && observations == DiffusionSpec.Observations.CONDITION) {
                    assertThrows(WeightsFormatException.class, () -> SpecMetadata.read(metadata));
                } else {
                    assertEquals(spec, SpecMetadata.read(metadata));
                }
            }
        }
    }

    @Test
    void specsOfActComeBackEqual() {
        ActTransformerSpec transformer = new ActTransformerSpec(
                64, 4, 128, ActTransformerSpec.FeedForwardActivation.GELU, 2, 3, true);
        for (Double coefficient : new Double[] {null, 0.01}) {
            int steps = coefficient == null ? 12 : 1;
            ActSpec spec = new ActSpec(List.of(STATE, FRONT), ACTION, 20, steps,
                    Map.of("action", NormalizationMode.MEAN_STD), "resnet18", transformer, coefficient);
            assertEquals(spec, SpecMetadata.read(written(spec)));
        }
        ActSpec blind = new ActSpec(List.of(STATE), ACTION, 20, 20, Map.of(), null, transformer, null);
        assertEquals(blind, SpecMetadata.read(written(blind)));
        assertRefused("sinew.act.n_action_steps", new ActSpec(List.of(STATE), ACTION, 20, 21, Map.of(), null,
                transformer, null));
        assertRefused("sinew.act.n_action_steps", new ActSpec(List.of(STATE), ACTION, 20, 2, Map.of(), null,
                transformer, 0.01));
        assertRefused("sinew.act.dim_model", new ActSpec(List.of(STATE), ACTION, 20, 20, Map.of(), null,
                new ActTransformerSpec(64, 5, 128, ActTransformerSpec.FeedForwardActivation.RELU, 2, 3, true), null));
    }

    @Test
    void specsOfMultiTaskDitComeBackEqual() {
        Feature words = new Feature("observation.language.tokens", FeatureType.LANGUAGE, List.of(16));
        ClipVisionSpec clip = new ClipVisionSpec(128, 2, 2, 16, 32);
        ClipTextSpec text = new ClipTextSpec(64, 2, 1, 120, 77, 16);
        VisionSpec vision = new VisionSpec(clip, null, new VisionSpec.Size(32, 32), true);
        for (DitSpec dit : List.of(
                new DitSpec(2, 4, 32, 32, 10_000.0, false), new DitSpec(3, 5, 40, 24, null, true))) {
            for (SchedulerSpec scheduler : List.of(
                    spec(16, null, null).scheduler(), SchedulerSpec.flow(SchedulerSpec.Kind.RK4, 4))) {
                DiffusionSpec spec = new DiffusionSpec(DiffusionSpec.Origin.MULTI_TASK_DIT, List.of(STATE, FRONT, words),
                        ACTION, 2, 16, 8, 1, DiffusionSpec.Observations.CONDITION, Map.of(), vision, dit, scheduler,
                        text);
                assertEquals(spec, SpecMetadata.read(written(spec)));
                assertEquals(6 + 128 + dit.width(), spec.condPerStep());
            }
        }
        DiffusionSpec odd = new DiffusionSpec(DiffusionSpec.Origin.MULTI_TASK_DIT, List.of(STATE), ACTION, 2, 16, 8, 1,
                DiffusionSpec.Observations.CONDITION, Map.of(), null, new DitSpec(2, 4, 36, 32, 10_000.0, false),
                spec(16, null, null).scheduler());
        assertRefused("sinew.diffusion.dit.rope_base", odd);
    }

    private static Metadata written(PolicySpec spec) {
        Metadata.Builder out = new Metadata.Builder();
        SpecMetadata.write(spec, out);
        return out.build(Path.of("x.gguf"));
    }

    @Test
    void aSpecThatCannotRunIsRefusedByKey() {
        assertRefused("sinew.diffusion.horizon", spec(17, null, null));
        DiffusionSpec good = spec(16, null, null);
        assertRefused("sinew.diffusion.n_action_steps", new DiffusionSpec(good.inputs(), ACTION, 2, 16, 16,
                Map.of(), good.vision(), good.unet(), good.scheduler()));
        assertRefused("sinew.diffusion.unet.down_dims", new DiffusionSpec(good.inputs(), ACTION, 2, 16, 8,
                Map.of(), good.vision(), new UnetSpec(List.of(30, 64), 5, 8, 32, true), good.scheduler()));
        assertRefused("sinew.inputs", new DiffusionSpec(List.of(), ACTION, 2, 16, 8, Map.of(), null,
                good.unet(), good.scheduler()));
    }

    @Test
    void filesOfAnotherFormatAreToConvertAgain() {
        for (int format : new int[] {1, 3}) {
            Metadata other = new Metadata.Builder().put("sinew.format.version", format).build(Path.of("old.gguf"));
            String message = assertThrows(WeightsFormatException.class, () -> SpecMetadata.read(other)).getMessage();
            assertTrue(message.contains("old.gguf") && message.contains("sinew.format.version is " + format)
                    && message.contains(format == 1 ? "an older sinew" : "a newer sinew")
                    && message.contains("Convert the checkpoint again"), message);
        }
    }

    @Test
    void longFeatureNamesGetAPrefixThatFits() {
        Feature camera = new Feature("observation.images." + "c".repeat(40), FeatureType.VISUAL, List.of(3, 48, 64));
        DiffusionSpec good = spec(16, null, null);
        DiffusionSpec spec = new DiffusionSpec(List.of(STATE, camera), ACTION, 2, 16, 8, Map.of(), good.vision(),
                good.unet(), good.scheduler());
        assertEquals("normalize.input.1", SpecMetadata.normalizationPrefix(spec, camera));
        assertEquals("normalize.observation.state", SpecMetadata.normalizationPrefix(spec, STATE));
        assertEquals("unnormalize.action", SpecMetadata.normalizationPrefix(spec, ACTION));
    }

    @Test
    void rangesAreThoseOfTheTrainingDataWhereBothEndsFit() {
        DiffusionSpec spec = spec(16, null, null);
        Metadata.Builder out = new Metadata.Builder();
        SpecMetadata.write(spec, out);
        out.putFloats("sinew.stats.action.min", new float[] {-100, 0, 0, 0, 0, 0});
        out.putFloats("sinew.stats.action.max", new float[] {1, 2, 3, 4, 5, 99.5f});
        out.putFloats("sinew.stats.observation.state.min", new float[6]);
        out.putFloats("sinew.stats.observation.state.max", new float[5]);
        Map<String, ValueRange> ranges = SpecMetadata.ranges(spec, out.build(Path.of("x.gguf")));
        assertEquals(Set.of("action"), ranges.keySet());
        assertEquals(-100, ranges.get("action").min()[0]);
        assertEquals(99.5f, ranges.get("action").max()[5]);
    }

    private static void assertRefused(String key, PolicySpec spec) {
        Metadata.Builder out = new Metadata.Builder();
        SpecMetadata.write(spec, out);
        Metadata metadata = out.build(Path.of("x.gguf"));
        String message = assertThrows(WeightsFormatException.class, () -> SpecMetadata.read(metadata)).getMessage();
        assertTrue(message.contains(key) && message.contains("x.gguf"), message);
    }

    private static DiffusionSpec spec(int horizon, VisionSpec.Size resize, VisionSpec.Size crop) {
        return new DiffusionSpec(
                List.of(STATE, FRONT), ACTION, 2, horizon, 8,
                Map.of("observation.state", NormalizationMode.MIN_MAX, "action", NormalizationMode.MEAN_STD),
                new VisionSpec("resnet34", true, resize, VisionSpec.ResizeMode.BILINEAR_ANTIALIAS, crop, 32, false),
                new UnetSpec(List.of(32, 64), 5, 8, 32, true),
                new SchedulerSpec(SchedulerSpec.Kind.DDIM, 100, SchedulerSpec.BetaSchedule.SQUAREDCOS_CAP_V2, 1e-4,
                        0.02, SchedulerSpec.PredictionType.EPSILON, true, 1.0, 10));
    }
}
