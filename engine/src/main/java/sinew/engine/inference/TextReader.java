package sinew.engine.inference;

import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import sinew.engine.nn.ClipText;
import sinew.engine.nn.Plan;
import sinew.engine.policy.ClipTextSpec;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// Reads the instructions of frames, each text once: robots are told the same again and again.
final class TextReader {
    private static final int MOST_KEPT = 64;

    private final ClipText tower;
    private final Workers workers;
    private final int size;
    private final Map<FloatBuffer, float[]> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FloatBuffer, float[]> eldest) {
            return size() > MOST_KEPT;
        }
    };

    /// @param size of a text's features
    TextReader(Kernels kernels, WeightScope scope, ClipTextSpec spec, int size, Workers workers, Arena arena) {
        this.workers = workers;
        this.size = size;
        tower = new ClipText(kernels, scope, spec, size, arena);
    }

    /// Makes the text's features of every frame in the history valid.
    void read(History history) {
        for (int step = 0; step < history.steps(); step++) {
            Frame frame = history.frame(step);
            if (!frame.read) {
                float[] features = known.get(FloatBuffer.wrap(frame.tokens));
                if (features == null) {
                    features = new float[size];
                    tower.encode(workers, frame.tokens, features, null);
                    known.put(FloatBuffer.wrap(frame.tokens.clone()), features);
                }
                System.arraycopy(features, 0, frame.text, 0, size);
                frame.read = true;
            }
        }
    }

    /// Reads the newest frame's text anew and tells of its way.
    void read(History history, Plan.Listener listener) {
        Frame frame = history.frame(history.steps() - 1);
        tower.encode(workers, frame.tokens, frame.text, listener);
        read(history);
    }
}
