package sinew.convert.diffusionpolicy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.convert.goldens.Goldens;
import sinew.convert.pickle.PickleBytes;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.torch.TorchCheckpointException;
import sinew.convert.torch.TorchFiles;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.TransformerSpec;
import sinew.engine.policy.UnetSpec;
import sinew.engine.policy.VisionSpec;

class DiffusionPolicyCheckpointTest {
    @TempDir
    Path folder;

    private static final Feature OBS_20 = new Feature("obs", FeatureType.STATE, List.of(20));
    private static final Feature ACTION = new Feature("action", FeatureType.ACTION, List.of(2));

    private static DiffusionPolicyCheckpoint golden(String name) throws IOException {
        return DiffusionPolicyCheckpoint.open(Goldens.diffusionPolicy(name).resolve("latest.ckpt"));
    }

    @Test
    void readsTheGlobalConditionedUnet() throws IOException {
        try (DiffusionPolicyCheckpoint checkpoint = golden("dp-unet-lowdim")) {
            assertEquals("ema_model", checkpoint.weights());
            SchedulerSpec scheduler = new SchedulerSpec(SchedulerSpec.Kind.DDPM, 100,
                    SchedulerSpec.BetaSchedule.SQUAREDCOS_CAP_V2, 0.0001, 0.02, SchedulerSpec.PredictionType.EPSILON,
                    true, 1, 100);
            assertEquals(new DiffusionSpec(DiffusionSpec.Origin.DIFFUSION_POLICY, List.of(OBS_20), ACTION, 2, 16, 8, 1,
                    DiffusionSpec.Observations.CONDITION,
                    Map.of("obs", NormalizationMode.LINEAR, "action", NormalizationMode.LINEAR), null,
                    new UnetSpec(List.of(16, 24, 32), 5, 8, 16, true), scheduler), checkpoint.spec());
        }
    }

    @Test
    void readsTheInpaintingUnet() throws IOException {
        try (DiffusionPolicyCheckpoint checkpoint = golden("dp-unet-lowdim-ddim-inpaint")) {
            DiffusionSpec config = checkpoint.spec();
            assertEquals(DiffusionSpec.Observations.INPAINTING, config.observations());
            assertEquals(7, config.sampleDim());
            assertEquals(SchedulerSpec.Kind.DDIM, config.scheduler().kind());
            assertEquals(8, config.scheduler().numInferenceSteps());
        }
    }

    @ParameterizedTest
    @CsvSource({"dp-transformer-lowdim,3,4,32,0,true,true,CONDITION", "dp-transformer-lowdim-encoder,2,5,40,2,true,true,"
            + "CONDITION", "dp-transformer-lowdim-inpaint,2,4,32,0,true,true,INPAINTING",
        "dp-transformer-lowdim-encoder-only,2,4,24,0,true,false,INPAINTING"})
    void readsTransformers(String name, int layers, int heads, int width, int conditionLayers, boolean causal,
            boolean timeAsCondition, DiffusionSpec.Observations observations) throws IOException {
        try (DiffusionPolicyCheckpoint checkpoint = golden(name)) {
            DiffusionSpec spec = checkpoint.spec();
            assertEquals(new TransformerSpec(layers, heads, width, conditionLayers, causal, timeAsCondition),
                    spec.denoiser());
            assertEquals(observations, spec.observations());
            assertEquals(spec.nObsSteps() - 1, spec.actionStart());
        }
    }

    @Test
    void readsTheImagePolicy() throws IOException {
        try (DiffusionPolicyCheckpoint checkpoint = golden("dp-unet-image")) {
            DiffusionSpec spec = checkpoint.spec();
            assertEquals(List.of("image", "agent_pos"), spec.inputs().stream().map(Feature::name).toList());
            assertEquals(new VisionSpec("resnet18", true, null, VisionSpec.ResizeMode.BILINEAR_ANTIALIAS,
                    new VisionSpec.Size(76, 76), 0, true), spec.vision());
            assertEquals(514, spec.condPerStep());
            assertTrue(checkpoint.normalizesByImageNet());
        }
    }

    @ParameterizedTest
    @CsvSource({"dp-unet-lowdim", "dp-unet-lowdim-ddim-inpaint", "dp-transformer-lowdim"})
    void normalisesAndCutsActionsAsRecorded(String name) throws IOException {
        Path at = Goldens.diffusionPolicy(name);
        try (DiffusionPolicyCheckpoint checkpoint = golden(name);
                SafetensorsFile recorded = SafetensorsFile.open(at.resolve("golden.safetensors"))) {
            float[] obs = recorded.floats("obs");
            float[] back = obs.clone();
            LinearNormalizer normalizer = checkpoint.normalizer("obs");
            normalizer.normalize(back);
            assertArrayEquals(recorded.floats("nobs"), back, 1e-6f);
            normalizer.unnormalize(back);
            assertArrayEquals(obs, back, 1e-3f);
            checkSlice(checkpoint.spec(), recorded);
        }
    }

    private static void checkSlice(DiffusionSpec spec, SafetensorsFile recorded) {
        float[] predicted = recorded.floats("action_pred");
        float[] action = recorded.floats("action");
        int dim = spec.action().size();
        int row = spec.nActionSteps() * dim;
        for (int b = 0; b < action.length / row; b++) {
            for (int i = 0; i < row; i++) {
                int from = b * spec.horizon() * dim + spec.actionStart() * dim + i;
                assertEquals(predicted[from], action[b * row + i], "batch " + b + ", value " + i);
            }
        }
    }

    @Test
    void namesWhatIsMissing() throws Exception {
        Path path = Path.of(TorchFiles.class.getResource("encoder-only.ckpt").toURI());
        try (DiffusionPolicyCheckpoint checkpoint = DiffusionPolicyCheckpoint.open(path)) {
            assertTrue(assertThrows(TorchCheckpointException.class, () -> checkpoint.floats("model.nope")).getMessage()
                    .contains("no tensor model.nope"));
        }
        for (byte[] pickle : List.of(new PickleBytes().number(1).stop(), new PickleBytes().emptyDict().stop())) {
            Path other = new TorchFiles(pickle).write(folder.resolve("other.ckpt"));
            assertTrue(assertThrows(TorchCheckpointException.class, () -> DiffusionPolicyCheckpoint.open(other))
                    .getMessage().contains("is this a checkpoint of diffusion_policy?"));
        }
    }

    private static final String POLICIES = "diffusion_policy.policy.";

    private static Map<String, Object> scheduler() {
        return new HashMap<>(Map.of("_target_", "x.DDPMScheduler", "num_train_timesteps", 50L));
    }

    private static Map<String, Object> unet() {
        Map<String, Object> unet = new HashMap<>(Map.of("input_dim", 2L, "global_cond_dim", 6L, "down_dims",
                List.of(8L, 16L)));
        return new HashMap<>(Map.of("_target_", POLICIES + "diffusion_unet_lowdim_policy.DiffusionUnetLowdimPolicy",
                "horizon", 8L, "obs_dim", 3L, "action_dim", 2L, "n_obs_steps", 2L, "n_action_steps", 6L,
                "obs_as_global_cond", true, "model", unet, "noise_scheduler", scheduler()));
    }

    private static Map<String, Object> transformer() {
        Map<String, Object> network = new HashMap<>(Map.of("input_dim", 2L, "output_dim", 2L, "horizon", 8L,
                "n_obs_steps", 2L, "cond_dim", 3L, "n_emb", 24L, "n_head", 4L, "n_layer", 2L, "causal_attn", true));
        return new HashMap<>(Map.of("_target_",
                POLICIES + "diffusion_transformer_lowdim_policy.DiffusionTransformerLowdimPolicy",
                "horizon", 8L, "obs_dim", 3L, "action_dim", 2L, "n_obs_steps", 2L, "n_action_steps", 6L,
                "obs_as_cond", true, "model", network, "noise_scheduler", scheduler()));
    }

    private static Map<String, Object> image() {
        Map<String, Object> meta = Map.of("action", Map.of("shape", List.of(2L)), "obs", Map.of(
                "state", Map.of("shape", List.of(2L)),
                "wrist", Map.of("shape", List.of(3L, 60L, 80L), "type", "rgb"),
                "front", Map.of("shape", List.of(3L, 60L, 80L), "type", "rgb")));
        Map<String, Object> encoder = new HashMap<>(Map.of("_target_",
                "diffusion_policy.model.vision.multi_image_obs_encoder.MultiImageObsEncoder", "shape_meta", meta,
                "rgb_model", new HashMap<>(Map.of("_target_", "diffusion_policy.model.vision.model_getter.get_resnet",
                        "name", "resnet18")),
                "crop_shape", List.of(54L, 72L)));
        return new HashMap<>(Map.of("_target_", POLICIES + "diffusion_unet_image_policy.DiffusionUnetImagePolicy",
                "horizon", 8L, "n_obs_steps", 2L, "n_action_steps", 6L, "shape_meta", meta, "obs_encoder", encoder,
                "down_dims", List.of(8L, 16L), "noise_scheduler", scheduler()));
    }

    private static DiffusionSpec read(Map<String, Object> policy) {
        return PolicyConfig.read(ConfigNode.of(Path.of("x.ckpt"), "cfg.policy", policy));
    }

    @Test
    void beginsAfterTheObservationsWithoutTheConvention() {
        DiffusionSpec spec = read(unet());
        assertEquals(2, spec.actionStart());
        assertEquals(50, spec.scheduler().numInferenceSteps());
        Map<String, Object> convention = unet();
        convention.put("oa_step_convention", true);
        assertEquals(1, read(convention).actionStart());
        assertEquals(1, read(transformer()).actionStart());
        assertEquals(1, read(image()).actionStart());
    }

    @Test
    void predictsOnlyTheRowsThatAreExecutedWhereTheTrainingDid() {
        Map<String, Object> policy = unet();
        policy.put("pred_action_steps_only", true);
        DiffusionSpec spec = read(policy);
        assertEquals(6, spec.horizon());
        assertEquals(0, spec.actionStart());
        policy.put("obs_as_global_cond", false);
        assertTrue(assertThrows(TorchCheckpointException.class, () -> read(policy)).getMessage()
                .contains("cfg.policy.obs_as_global_cond is false"));
    }

    @Test
    void sortsFeaturesAndReadsPictures() {
        DiffusionSpec spec = read(image());
        assertEquals(List.of("front", "wrist", "state"), spec.inputs().stream().map(Feature::name).toList());
        assertEquals(new VisionSpec("resnet18", false, null, VisionSpec.ResizeMode.BILINEAR_ANTIALIAS,
                new VisionSpec.Size(54, 72), 0, true), spec.vision());
        assertEquals("front", DiffusionPolicyCheckpoint.encoderKey(spec, 0));
        Map<String, Object> shared = image();
        encoder(shared).putAll(Map.of("share_rgb_model", true, "use_group_norm", true, "random_crop", false,
                "resize_shape", Map.of("front", List.of(30L, 40L), "wrist", List.of(30L, 40L))));
        DiffusionSpec other = read(shared);
        assertEquals(new VisionSpec("resnet18", false, new VisionSpec.Size(30, 40),
                VisionSpec.ResizeMode.BILINEAR_NORMALIZED, null, 0, false), other.vision());
        assertEquals("rgb", DiffusionPolicyCheckpoint.encoderKey(other, 0));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> encoder(Map<String, Object> policy) {
        return (Map<String, Object>) policy.get("obs_encoder");
    }

    @SuppressWarnings("unchecked")
    private static void assertRefused(Map<String, Object> policy, String key, String value) {
        Map<String, Object> at = policy;
        String[] path = key.split("/");
        for (int i = 0; i < path.length - 1; i++) {
            at = (Map<String, Object>) at.get(path[i]);
        }
        at.put(path[path.length - 1], value.equals("true") || value.equals("false") ? (Object) value.equals("true")
                : value.matches("-?\\d+") ? (Object) Long.valueOf(value) : value);
        String message = assertThrows(TorchCheckpointException.class, () -> read(policy)).getMessage();
        assertTrue(message.startsWith("x.ckpt: cfg.policy."), message);
        String named = path[path.length - 1];
        assertTrue(message.contains(named) || named.equals("obs_as_cond"), message);
    }

    @ParameterizedTest
    @CsvSource({"_target_,x.Policy", "horizon,-1", "horizon,7", "n_obs_steps,9", "obs_as_local_cond,true",
        "model/input_dim,3", "model/global_cond_dim,5", "model/local_cond_dim,4", "model/down_dims,8",
        "model/kernel_size,4", "model/_target_,x.Network", "model/surprise,1", "surprise,1",
        "noise_scheduler/_target_,x.PNDMScheduler", "noise_scheduler/variance_type,learned",
        "noise_scheduler/beta_schedule,cubic", "noise_scheduler/prediction_type,noise", "num_inference_steps,51",
        "noise_scheduler/thresholding,true", "noise_scheduler/clip_sample,1"})
    void refusesWhatItWouldGetWrongOfUnets(String key, String value) {
        assertRefused(unet(), key, value);
    }

    @ParameterizedTest
    @CsvSource({"model/input_dim,5", "model/cond_dim,0", "model/n_obs_steps,3", "model/horizon,10", "model/n_head,5",
        "model/time_as_cond,false", "model/n_emb,23", "oa_step_convention,true", "model/_target_,x.Network"})
    void refusesWhatItWouldGetWrongOfTransformers(String key, String value) {
        assertRefused(transformer(), key, value);
    }

    @ParameterizedTest
    @CsvSource({"obs_encoder/_target_,x.Encoder", "obs_encoder/rgb_model/_target_,x.vit",
        "obs_encoder/rgb_model/name,resnet9", "obs_encoder/shape_meta,1", "obs_encoder/crop_shape,54",
        "obs_encoder/surprise,1", "pred_action_steps_only,true"})
    void refusesWhatItWouldGetWrongOfPictures(String key, String value) {
        assertRefused(image(), key, value);
    }
}
