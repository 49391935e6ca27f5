package sinew.convert;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import sinew.engine.text.ClipTokenizer;

/// A CLIP tokenizer as transformers saves it, in the checkpoint's folder or in its `tokenizer` folder: tokenizer.json,
/// or vocab.json with merges.txt.
final class TokenizerFiles {
    static final String FOLDER = "tokenizer";
    static final String MERGES = "merges.txt";
    private static final int MOST_TOKENS = 1 << 16;

    private TokenizerFiles() {}

    /// Null when there are no such files; then clients have to send token ids.
    static ClipTokenizer read(Path folder, Problems problems) throws IOException {
        for (Path home : List.of(folder, folder.resolve(FOLDER))) {
            if (Files.isRegularFile(home.resolve("tokenizer.json"))) {
                return whole(home.resolve("tokenizer.json"), problems);
            }
            if (Files.isRegularFile(home.resolve("vocab.json")) && Files.isRegularFile(home.resolve(MERGES))) {
                return inTwo(home.resolve("vocab.json"), home.resolve(MERGES), problems);
            }
        }
        problems.note("the checkpoint has no tokenizer (tokenizer.json, or vocab.json and merges.txt): clients have to"
                + " send token ids. Copy those files of the text encoder into the checkpoint's directory to send text");
        return null;
    }

    private static ClipTokenizer whole(Path path, Problems problems) throws IOException {
        JsonNode root = JsonFields.read(path, problems).node();
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : root.path("model").path("merges")) {
            // Newer versions write pairs instead of texts with a space.
            merges.add(merge.isArray() ? merge.path(0).asText() + " " + merge.path(1).asText() : merge.asText());
        }
        return tokenizer(path, tokens(path, root.path("model").path("vocab")), merges);
    }

    private static ClipTokenizer inTwo(Path vocabulary, Path merges, Problems problems) throws IOException {
        List<String> lines = Files.readAllLines(merges).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#version"))
                .toList();
        return tokenizer(vocabulary, tokens(vocabulary, JsonFields.read(vocabulary, problems).node()), lines);
    }

    private static List<String> tokens(Path path, JsonNode vocabulary) {
        List<String> tokens = new ArrayList<>(Collections.nCopies(Math.min(vocabulary.size(), MOST_TOKENS), ""));
        for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
            int id = entry.getValue().asInt(-1);
            if (id < 0 || id >= tokens.size()) {
                throw new CheckpointException(path, "numbers the token \"" + entry.getKey() + "\" " + entry.getValue()
                        + ", want numbers from 0 to " + (tokens.size() - 1));
            }
            tokens.set(id, entry.getKey());
        }
        return tokens;
    }

    private static ClipTokenizer tokenizer(Path path, List<String> tokens, List<String> merges) {
        if (merges.size() > MOST_TOKENS) {
            throw new CheckpointException(path, "has " + merges.size() + " merges, at most " + MOST_TOKENS + " can be");
        }
        try {
            return new ClipTokenizer(tokens, merges);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(path, e.getMessage());
        }
    }
}
