package sinew.engine.inference;

import sinew.engine.nn.Activations;
import sinew.engine.nn.Plan;
import sinew.engine.policy.PredictionTrace;

/// Writes the UNet's intermediates under the reference recordings' names.
record Trace(PredictionTrace sink) implements Plan.Listener {
    private static final String FIRST = "unet.first.";

    @Override
    public void reached(String mark, Activations value) {
        sink.record(FIRST + mark, value.channelsFirst(0), 1, value.channels(), value.positions());
    }

    void stepEmbedding(float[] embedding) {
        sink.record(FIRST + "step_embed", embedding, 1, embedding.length);
    }
}
