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
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.UnetSpec;

class DiffusionPolicyCheckpointTest {
    @TempDir
    Path folder;

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
            assertEquals(new LowdimUnetConfig(16, 20, 2, 2, 8, LowdimUnetConfig.Observations.GLOBAL_CONDITION, 1,
                    new UnetSpec(List.of(16, 24, 32), 5, 8, 16, true), scheduler), checkpoint.lowdimUnet());
        }
    }

    @Test
    void readsTheInpaintingUnet() throws IOException {
        try (DiffusionPolicyCheckpoint checkpoint = golden("dp-unet-lowdim-ddim-inpaint")) {
            LowdimUnetConfig config = checkpoint.lowdimUnet();
            assertEquals(LowdimUnetConfig.Observations.INPAINTING, config.observations());
            assertEquals(7, config.trajectoryDim());
            assertEquals(SchedulerSpec.Kind.DDIM, config.scheduler().kind());
            assertEquals(8, config.scheduler().numInferenceSteps());
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
            if (name.startsWith("dp-unet")) {
                checkSlice(checkpoint.lowdimUnet(), recorded);
            }
        }
    }

    private static void checkSlice(LowdimUnetConfig config, SafetensorsFile recorded) {
        float[] predicted = recorded.floats("action_pred");
        float[] action = recorded.floats("action");
        int row = config.nActionSteps() * config.actionDim();
        for (int b = 0; b < action.length / row; b++) {
            for (int i = 0; i < row; i++) {
                int from = b * config.horizon() * config.actionDim() + config.actionStart() * config.actionDim() + i;
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
            assertTrue(assertThrows(TorchCheckpointException.class, checkpoint::lowdimUnet).getMessage()
                    .contains("cfg.policy._target_ is diffusion_policy.policy.diffusion_transformer"));
        }
        for (byte[] pickle : List.of(new PickleBytes().number(1).stop(), new PickleBytes().emptyDict().stop())) {
            Path other = new TorchFiles(pickle).write(folder.resolve("other.ckpt"));
            assertTrue(assertThrows(TorchCheckpointException.class, () -> DiffusionPolicyCheckpoint.open(other))
                    .getMessage().contains("is this a checkpoint of diffusion_policy?"));
        }
    }

    private static Map<String, Object> config() {
        Map<String, Object> unet = new HashMap<>(Map.of("input_dim", 2L, "global_cond_dim", 6L, "down_dims",
                List.of(8L, 16L)));
        Map<String, Object> scheduler = new HashMap<>(Map.of("_target_", "x.DDPMScheduler", "num_train_timesteps",
                50L));
        Map<String, Object> policy = new HashMap<>(Map.of("horizon", 8L, "obs_dim", 3L, "action_dim", 2L, "n_obs_steps",
                2L, "n_action_steps", 6L, "obs_as_global_cond", true, "model", unet, "noise_scheduler", scheduler));
        return policy;
    }

    private static LowdimUnetConfig read(Map<String, Object> policy) {
        return LowdimUnetConfig.read(ConfigNode.of(Path.of("x.ckpt"), "cfg.policy", policy));
    }

    @Test
    void beginsAfterTheObservationsWithoutTheConvention() {
        LowdimUnetConfig config = read(config());
        assertEquals(2, config.actionStart());
        assertEquals(50, config.scheduler().numInferenceSteps());
    }

    @SuppressWarnings("unchecked")
    @ParameterizedTest
    @CsvSource({"horizon,-1", "horizon,7", "n_obs_steps,9", "pred_action_steps_only,true", "obs_as_local_cond,true",
        "model.input_dim,3", "model.global_cond_dim,5", "model.local_cond_dim,4", "model.down_dims,8",
        "noise_scheduler._target_,x.PNDMScheduler", "noise_scheduler.variance_type,learned",
        "noise_scheduler.beta_schedule,cubic", "noise_scheduler.prediction_type,noise", "num_inference_steps,51",
        "noise_scheduler.thresholding,true", "noise_scheduler.clip_sample,1"})
    void refusesWhatItWouldGetWrong(String key, String value) {
        Map<String, Object> policy = config();
        int dot = key.indexOf('.');
        Map<String, Object> at = dot < 0 ? policy : (Map<String, Object>) policy.get(key.substring(0, dot));
        at.put(key.substring(dot + 1), value.equals("true") ? (Object) true
                : value.matches("-?\\d+") ? (Object) Long.valueOf(value) : value);
        String message = assertThrows(TorchCheckpointException.class, () -> read(policy)).getMessage();
        assertTrue(message.startsWith("x.ckpt: cfg.policy."), message);
    }
}
