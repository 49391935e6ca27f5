package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.WeightType;

/// What every weight type promises: the same bytes from any number of threads, and actions near the recorded ones.
class WeightTypesTest {
    @TempDir
    Path temporary;

    @ParameterizedTest
    @EnumSource
    void theNumberOfThreadsChangesNoByte(WeightType type) throws IOException {
        Path weights = TestPolicies.convert(TestPolicies.statesOnly(temporary), temporary.resolve("w.gguf"), type);
        try (WeightsFile file = WeightsFile.openHeader(weights)) {
            assertTrue(file.tensors().stream().map(TensorInfo::type).anyMatch(type::equals), "nothing is " + type);
        }
        int[] alone = twoChunks(weights, 1);
        for (int threads : new int[] {2, 5}) {
            assertArrayEquals(alone, twoChunks(weights, threads), threads + " threads");
        }
    }

    /// Bits of the values of two predictions, one after the other.
    private static int[] twoChunks(Path weights, int threads) throws IOException {
        try (Policy policy = TestPolicies.load(weights, threads)) {
            PolicySession session = policy.newSession(new TorchRandom(42), SamplingOptions.FROM_CHECKPOINT);
            List<Integer> bits = new ArrayList<>();
            for (int k = 0; k < 2; k++) {
                for (float value : session.predict(TestPolicies.observation(policy.spec(), k)).values()) {
                    bits.add(Float.floatToRawIntBits(value));
                }
            }
            return bits.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /// Bounds are about twice what was measured, in normalised units (the actions' range is -1 to 1). Two checkpoints
    /// are BF16 themselves and lose nothing by it; two have no layer that is large enough for INT8.
    @ParameterizedTest
    @CsvSource({
        "envstate-sample, BF16, 1e-2", "legacy-norm, BF16, 6e-3", "pusht-like-ddpm, BF16, 2e-5",
        "lift-ddim, BF16, 2e-2", "sort-separate, BF16, 4e-3", "stats-json, BF16, 2e-5",
        "pusht-like-ddpm, INT8, 1.2e-3", "lift-ddim, INT8, 2.5e-2", "sort-separate, INT8, 8e-3",
        "stats-json, INT8, 1e-2"
    })
    void actionsStayNearTheRecordedOnes(String name, WeightType type, double bound) throws IOException {
        GoldenCase golden = GoldenCase.find(name);
        Path weights = TestPolicies.convert(golden.checkpoint(temporary), temporary.resolve("w.gguf"), type);
        Path result = temporary.resolve("result.safetensors");
        try (SafetensorsFile expected = SafetensorsFile.open(golden.recording());
                Policy policy = TestPolicies.load(weights, 1)) {
            new FilePrediction(policy, new FilePrediction.Options(0, SamplingOptions.FROM_CHECKPOINT, false, false))
                    .run(golden.recording(), result);
            try (SafetensorsFile actual = SafetensorsFile.open(result)) {
                float[] want = expected.floats("action_chunk_normalized");
                float[] got = actual.floats("action_chunk_normalized");
                double largest = 0;
                double sum = 0;
                for (int i = 0; i < want.length; i++) {
                    double difference = Math.abs(want[i] - got[i]);
                    assertTrue(Double.isFinite(difference), "value " + i + " is " + got[i]);
                    largest = Math.max(largest, difference);
                    sum += difference;
                }
                System.out.printf("%-16s %-5s largest %.2e, mean %.2e%n", name, type, largest, sum / want.length);
                assertTrue(largest <= bound, name + " as " + type + " deviates by " + largest + ", at most " + bound);
            }
        }
    }
}
