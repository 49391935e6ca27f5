package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.ProgressListener;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.Wire;

/// A policy that reads instructions behind a real socket: the server knows nothing of its kind.
@Timeout(120)
class TransformerServerTest {
    private static final SamplingOptions TWO_STEPS = new SamplingOptions(null, 2);

    @TempDir
    Path temporary;

    @Test
    void answersAsTheSessionDoesAndRefusesInWords() throws Exception {
        Path weights = temporary.resolve("policy.gguf");
        Converter.convert(Path.of("src/test/resources/goldens/multi-task-dit-clip"), weights, ConversionOptions.F32,
                ProgressListener.SILENT);
        try (Policy policy = Policies.load(weights, LoadOptions.defaults().withThreads(1).withWarmUp(false))) {
            Map<String, Object> metadata = PolicyMetadata.of(policy, "lift", "policy.gguf", "cpu", 8);
            assertEquals("MultiTaskDiTPolicy", metadata.get("policy_type"));
            assertEquals(List.of(16), ((Map<?, ?>) metadata.get("features")).get("observation.language.tokens"));
            try (PolicyServer server = new PolicyServer(PolicyServerConfig.of("127.0.0.1", 0), policy,
                    k -> new TorchRandom(k), TWO_STEPS, metadata, new ServerEvents() {})) {
                server.start();
                compare(policy, server.port());
                try (RawSocket raw = ServerFixture.open(server.port())) {
                    Map<String, Object> request = request();
                    request.remove("input_ids");
                    raw.sendBinary(Wire.encode(request));
                    ServerFixture.assertError(raw, "the instruction is missing");
                }
                try (RawSocket raw = ServerFixture.open(server.port())) {
                    Map<String, Object> request = request();
                    request.remove("input_ids");
                    request.put("task", "lift the cube");
                    raw.sendBinary(Wire.encode(request));
                    ServerFixture.assertError(raw, "the weights file has no tokenizer");
                }
            }
        }
    }

    private static void compare(Policy policy, int port) throws Exception {
        float[] state = {1, 2, 3, 4, 5, 6};
        Image picture = new Image(72, 80, picture());
        Observation observation = new Observation(
                Map.of("observation.state", state, "observation.language.tokens", ids()),
                Map.of("observation.images.front", picture, "observation.images.wrist", picture));
        for (long connection = 0; connection < 2; connection++) {
            float[] want = policy.newSession(new TorchRandom(connection), TWO_STEPS).predict(observation).values();
            try (RawSocket raw = ServerFixture.open(port)) {
                NdArray answer = (NdArray) ServerFixture.exchange(raw, Wire.encode(request())).get("actions");
                assertArrayEquals(new int[] {8, 6}, answer.shape());
                assertArrayEquals(want, answer.toFloats());
            }
        }
    }

    private static Map<String, Object> request() {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("states", Map.of("arm", NdArray.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 6)));
        NdArray picture = NdArray.ofBytes(picture(), 72, 80, 3);
        request.put("images", Map.of("front", picture, "wrist", picture));
        request.put("input_ids", idList());
        return request;
    }

    private static List<Integer> idList() {
        return List.of(118, 5, 6, 7, 119, 119, 119, 119, 119, 119, 119, 119, 119, 119, 119, 119);
    }

    private static float[] ids() {
        float[] ids = new float[16];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = idList().get(i);
        }
        return ids;
    }

    private static byte[] picture() {
        byte[] rgb = new byte[72 * 80 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 7 % 251);
        }
        return rgb;
    }
}
