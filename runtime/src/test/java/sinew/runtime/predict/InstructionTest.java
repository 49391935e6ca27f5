package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.Observation;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;

/// What a policy is told to do: as token ids, or as text through the checkpoint's own tokenizer.
class InstructionTest {
    private static final String TOKENS = "observation.language.tokens";
    private static final int START = 118;
    private static final int END = 119;

    @TempDir
    Path temporary;

    @Test
    void textIsWhatItsTokensAre() throws IOException {
        Path checkpoint = withTokenizer();
        try (Policy policy = TestPolicies.load(
                TestPolicies.convert(checkpoint, temporary.resolve("words.gguf")), 1)) {
            // "pick" is a merge, "up" is not.
            float[] ids = new float[16];
            Arrays.fill(ids, END);
            ids[0] = START;
            ids[1] = 2 * 26 + 2;
            ids[2] = 2 * ('u' - 'a');
            ids[3] = 2 * ('p' - 'a') + 1;
            float[] byIds = predict(policy, ids, null);
            assertArrayEquals(byIds, predict(policy, null, "Pick  UP"));
            assertArrayEquals(byIds, predict(policy, Arrays.copyOf(ids, 5), null), "padding may be left out");
            assertFalse(Arrays.equals(byIds, predict(policy, null, "pick pick")), "the instruction makes no difference");
            assertRefused(policy, null, null, "send token ids, or the task as text");
            float[] odd = ids.clone();
            odd[3] = 120;
            assertRefused(policy, odd, null, "holds 120.0, want token ids from 0 to 119");
            assertRefused(policy, new float[17], null, "has 17 token ids instead of 16");
        }
    }

    @Test
    void withoutATokenizerTextIsRefusedAndSaysWhatToDo() throws IOException {
        try (Policy policy = TestPolicies.load(TestPolicies.weights("multi-task-dit-clip", temporary), 1)) {
            assertRefused(policy, null, "pick up", "no tokenizer for the task \"pick up\"");
        }
    }

    private static void assertRefused(Policy policy, float[] ids, String task, String words) {
        String message =
                assertThrows(ObservationException.class, () -> predict(policy, ids, task)).getMessage();
        assertTrue(message.contains(words) && message.contains("The policy wants"), message);
    }

    private static float[] predict(Policy policy, float[] ids, String task) {
        Observation some = TestPolicies.observation(policy.spec(), 1);
        Map<String, float[]> states = new HashMap<>(some.states());
        states.remove(TOKENS);
        if (ids != null) {
            states.put(TOKENS, ids);
        }
        return policy.newSession(new TorchRandom(3), new SamplingOptions(null, 2))
                .predict(new Observation(states, some.images(), task))
                .values();
    }

    /// The recorded checkpoint with a vocabulary of its size.
    private Path withTokenizer() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("words"));
        try (var files = Files.list(GoldenCase.find("multi-task-dit-clip").folder())) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (char c = 'a'; c <= 'z'; c++) {
            vocabulary.put(String.valueOf(c), vocabulary.size());
            vocabulary.put(c + "</w>", vocabulary.size());
        }
        List<String> merges = List.of("p i", "c k</w>", "pi ck</w>");
        for (String merge : merges) {
            vocabulary.put(merge.replace(" ", ""), vocabulary.size());
        }
        while (vocabulary.size() < START) {
            vocabulary.put("unused" + vocabulary.size(), vocabulary.size());
        }
        vocabulary.put("<|startoftext|>", START);
        vocabulary.put("<|endoftext|>", END);
        Path tokenizer = Files.createDirectory(folder.resolve("tokenizer"));
        new ObjectMapper().writeValue(tokenizer.resolve("vocab.json").toFile(), vocabulary);
        Files.writeString(tokenizer.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", merges) + "\n");
        return folder;
    }
}
