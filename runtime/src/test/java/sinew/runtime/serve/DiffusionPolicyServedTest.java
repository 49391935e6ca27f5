package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.ProgressListener;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.Wire;

/// A policy of another project behind the same server.
class DiffusionPolicyServedTest {
    @TempDir
    Path folder;

    @Test
    void metadataTellTheFeaturesAndActionsAreTheSessions() throws IOException {
        Path weights = folder.resolve("policy.gguf");
        Converter.convert(Path.of("src/test/resources/goldens/dp-transformer-lowdim-inpaint/latest.ckpt"), weights,
                ConversionOptions.F32, ProgressListener.SILENT);
        float[] obs = {0.1f, 0.2f, -0.3f, 0.4f, 0.5f, -0.6f};
        LoadOptions load = LoadOptions.defaults().withThreads(1).withWarmUp(false);
        try (Policy policy = Policies.load(weights, load)) {
            float[] expected = policy.newSession(new TorchRandom(7), SamplingOptions.FROM_CHECKPOINT)
                    .predict(new Observation(Map.of("obs", obs), Map.of())).values();
            Map<String, Object> metadata = PolicyMetadata.of(policy, "custom", "latest.ckpt", "cpu", 4);
            try (PolicyServer server = new PolicyServer(PolicyServerConfig.of("127.0.0.1", 0), policy,
                    k -> new TorchRandom(7), SamplingOptions.FROM_CHECKPOINT, metadata, ServerEvents.SILENT)) {
                server.start();
                try (RawSocket raw = RawSocket.upgraded(server.port())) {
                    Map<?, ?> greeting = (Map<?, ?>) Wire.decode(raw.read().payload());
                    assertEquals("diffusion_policy", greeting.get("policy_type"));
                    assertEquals(List.of("obs"), List.copyOf(((Map<?, ?>) greeting.get("features")).keySet()));
                    raw.sendBinary(Wire.encode(Map.of("states", Map.of("obs", NdArray.ofFloats(obs, 6)))));
                    Map<?, ?> answer = (Map<?, ?>) Wire.decode(raw.read().payload());
                    assertArrayEquals(expected, ((NdArray) answer.get("action")).toFloats());
                }
            }
        }
    }
}
