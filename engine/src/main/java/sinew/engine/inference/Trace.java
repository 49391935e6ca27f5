package sinew.engine.inference;

import sinew.engine.nn.Activations;
import sinew.engine.nn.Denoiser;
import sinew.engine.nn.Plan;
import sinew.engine.nn.StepTable;
import sinew.engine.policy.PredictionTrace;

/// Writes the denoiser's intermediates under the reference recordings' names.
record Trace(PredictionTrace sink, Denoiser denoiser) implements Plan.Listener {
    @Override
    public void reached(String mark, Activations value) {
        String name = denoiser.name() + ".first." + mark;
        if (denoiser.channelsFirst()) {
            sink.record(name, value.channelsFirst(0), 1, value.channels(), value.positions());
        } else {
            float[] rows = new float[value.positions() * value.channels()];
            value.read(0, value.positions(), rows, 0);
            sink.record(name, rows, 1, value.positions(), value.channels());
        }
    }

    void stepEmbedding(StepTable table) {
        float[] waves = table.firstWaves();
        if (waves != null) {
            sink.record(denoiser.name() + ".first.step_waves", waves, 1, waves.length);
        }
        float[] embedding = table.firstEmbedding();
        sink.record(denoiser.name() + ".first.step_embed", embedding, 1, embedding.length);
    }
}
