package sinew.engine.inference;

import java.util.Arrays;
import sinew.engine.policy.ClipTextSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.Observation;
import sinew.engine.text.ClipTokenizer;

/// Finds what the robot is told to do in an observation: as token ids, or as text where the weights file has a
/// tokenizer.
final class Instructions {
    private final Feature feature;
    private final int vocabulary;
    private final ClipTokenizer tokenizer; // null without
    private String lastTask;
    private float[] lastTokens;

    Instructions(Feature feature, ClipTextSpec spec, ClipTokenizer tokenizer) {
        this.feature = feature;
        this.tokenizer = tokenizer;
        vocabulary = spec.vocabulary();
    }

    /// Tokens of an instruction.
    int length() {
        return feature.size();
    }

    /// The instruction's token ids, padded: [L]. Who gives fewer than L may leave the padding out, for what stands behind
    /// the end token changes nothing.
    ///
    /// @throws IllegalArgumentException says what is missing or wrong
    float[] tokens(Observation observation) {
        float[] ids = observation.states().get(feature.name());
        if (ids != null) {
            return padded(ids);
        }
        if (observation.task() == null) {
            throw new IllegalArgumentException(feature.name() + " is missing: send token ids" + (tokenizer == null
                    ? " (the weights file has no tokenizer, so text will not do)" : ", or the task as text"));
        }
        if (tokenizer == null) {
            throw new IllegalArgumentException("the weights file has no tokenizer for the task \"" + observation.task()
                    + "\": send token ids as " + feature.name() + ", or convert again with the tokenizer's files"
                    + " (tokenizer.json, or vocab.json and merges.txt) in the checkpoint's directory");
        }
        return encoded(observation.task());
    }

    private synchronized float[] encoded(String task) {
        if (!task.equals(lastTask)) {
            lastTokens = tokenizer.encode(task, length());
            lastTask = task;
        }
        return lastTokens;
    }

    private float[] padded(float[] ids) {
        if (ids.length == 0 || ids.length > length()) {
            throw new IllegalArgumentException(feature.name() + " has " + ids.length + " token ids instead of "
                    + length());
        }
        float last = 0;
        for (float id : ids) {
            if (!(id >= 0 && id < vocabulary) || id != Math.rint(id)) {
                throw new IllegalArgumentException(feature.name() + " holds " + id + ", want token ids from 0 to "
                        + (vocabulary - 1));
            }
            last = Math.max(last, id);
        }
        if (ids.length == length()) {
            return ids;
        }
        float[] whole = Arrays.copyOf(ids, length());
        Arrays.fill(whole, ids.length, whole.length, last);
        return whole;
    }
}
