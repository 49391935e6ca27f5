package sinew.engine.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sinew.engine.weights.Metadata;

class ClipTokenizerTest {
    /// Letters alone and at a word's end, then what the merges make, as CLIP's own vocabulary is built.
    private static final List<String> MERGES = List.of("c u", "b e</w>", "cu be</w>", "p i", "c k</w>", "pi ck</w>", "t he</w>");
    private static final List<String> TOKENS = tokens();

    private final ClipTokenizer tokenizer = new ClipTokenizer(TOKENS, MERGES);

    private static List<String> tokens() {
        List<String> tokens = new ArrayList<>();
        for (char c = 'a'; c <= 'z'; c++) {
            tokens.add(String.valueOf(c));
            tokens.add(c + "</w>");
        }
        tokens.addAll(List.of("3</w>", "4</w>", "!</w>", "Ã", "¼</w>", "'s</w>"));
        for (String merge : MERGES) {
            tokens.add(merge.replace(" ", ""));
        }
        tokens.add("<|startoftext|>");
        tokens.add("<|endoftext|>");
        return List.copyOf(tokens);
    }

    @Test
    void mergesInTheOrderOfTraining() {
        assertIds("Pick  the\tCUBE!", "pick</w>", "t", "h", "e</w>", "cube</w>", "!</w>");
    }

    @Test
    void digitsStandAloneAndBytesHaveSymbols() {
        assertIds("34", "3</w>", "4</w>");
        assertIds("\u00fc", "Ã", "¼</w>");
    }

    @Test
    void longTextsAreCutBeforeTheEnd() {
        float[] ids = tokenizer.encode("pick cube pick cube", 4);
        assertArrayEquals(new float[] {start(), id("pick</w>"), id("cube</w>"), tokenizer.end()}, ids);
    }

    @Test
    void comesBackFromAWeightsFile() {
        Metadata.Builder out = new Metadata.Builder();
        tokenizer.write(out);
        ClipTokenizer again = ClipTokenizer.read(out.build(Path.of("x.gguf")));
        assertArrayEquals(tokenizer.encode("pick the cube", 9), again.encode("pick the cube", 9));
        assertNull(ClipTokenizer.read(new Metadata.Builder().build(Path.of("x.gguf"))));
    }

    @Test
    void whatIsNoVocabularyOfClipIsRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> new ClipTokenizer(List.of("a"), List.of()))
                .getMessage();
        assertTrue(message.contains("<|startoftext|>"), message);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("?", 9))
                .getMessage().contains("\"?</w>\""));
    }

    private void assertIds(String text, String... tokens) {
        float[] ids = tokenizer.encode(text, tokens.length + 3);
        assertEquals(start(), ids[0]);
        for (int i = 0; i < tokens.length; i++) {
            assertEquals(id(tokens[i]), ids[i + 1], tokens[i]);
        }
        assertEquals(tokenizer.end(), ids[tokens.length + 1]);
        assertEquals(tokenizer.end(), ids[tokens.length + 2], "padding");
    }

    private static int id(String token) {
        assertTrue(TOKENS.contains(token), token);
        return TOKENS.indexOf(token);
    }

    private static int start() {
        return id("<|startoftext|>");
    }
}
