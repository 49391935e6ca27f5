package sinew.engine.inference;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.features.Normalizer;
import sinew.engine.nn.ConditionalUnet1d;
import sinew.engine.nn.Scratch;
import sinew.engine.nn.StepTable;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// The networks of a diffusion policy and the places of their intermediates. One call at a time: the
/// [PredictionQueue] sees to that.
///
/// A pass of the UNet packs the samples of all predictions under way into its first rows. What outlives a pass is
/// kept elsewhere: the samples in the predictions, what they have observed in the UNet's slot of that number.
final class DiffusionNetworks implements Passes {
    private final DiffusionSpec spec;
    private final int actionDim;
    private final Workers workers;
    private final PolicyInputs inputs;
    private final Normalizer actionNormalizer;
    private final CameraEncoders encoders; // null without cameras
    private final ConditionalUnet1d unet;
    private final Map<String, StepTable> tables = new HashMap<>(); // by timesteps
    private final float[] condition; // [n_obs_steps * per step]
    private final int aloneSlot; // of the UNet, for predictions outside the queue

    /// @param maxBatch most predictions in a pass
    /// @throws sinew.engine.weights.WeightsFormatException names every tensor that is missing or misshapen
    DiffusionNetworks(
            DiffusionSpec spec, WeightScope scope, int maxBatch, Kernels kernels, Workers workers, Arena arena) {
        this.spec = spec;
        this.workers = workers;
        inputs = new PolicyInputs(spec, scope);
        actionDim = spec.action().size();
        actionNormalizer =
                Normalizer.read(scope.in(SpecMetadata.normalizationPrefix(spec, spec.action())), actionDim);
        encoders = inputs.cameras.isEmpty()
                ? null
                : new CameraEncoders(kernels, workers, spec, inputs, scope.in("rgb_encoder"), new Scratch(arena));
        int condDim = spec.nObsSteps() * spec.condPerStep();
        aloneSlot = maxBatch;
        unet = new ConditionalUnet1d(
                kernels,
                scope.in("unet"),
                spec.unet(),
                spec.horizon(),
                actionDim,
                condDim,
                maxBatch,
                maxBatch + 1,
                arena);
        scope.requireComplete();
        condition = new float[condDim];
    }

    List<PolicyProfile.Stage> profile(Workers workers, int runs) {
        List<PolicyProfile.Stage> stages = new ArrayList<>();
        if (encoders != null) {
            int images = encoders.maxBatch();
            stages.add(new PolicyProfile.Stage("encode", images, encoders.plan().profile(workers, images, runs)));
        }
        stages.add(new PolicyProfile.Stage("condition", 1, unet.observationPlan().profile(workers, 1, runs)));
        stages.add(new PolicyProfile.Stage("denoise", 1, unet.plan().profile(workers, 1, runs)));
        return stages;
    }

    History newHistory() {
        return new History(inputs, spec.nObsSteps(), encoders == null ? 0 : encoders.featureSize());
    }

    /// Floats of a sample: horizon * A.
    int sampleSize() {
        return spec.horizon() * actionDim;
    }

    /// What the scheduler's steps contribute on their own; computed once for each set of steps.
    StepTable table(NoiseScheduler scheduler) {
        int[] timesteps = scheduler.timesteps();
        return tables.computeIfAbsent(Arrays.toString(timesteps), key -> unet.table(workers, timesteps));
    }

    /// Encodes what the next prediction from this history will look at, beside an observation that is yet to come.
    ///
    /// @param wanted asked between two runs whether to stop, because somebody else needs the workers
    void prepare(History history, BooleanSupplier wanted) {
        if (encoders != null) {
            encoders.encodeAhead(history, wanted);
        }
    }

    @Override
    public void join(Prediction[] newcomers, int count) {
        if (encoders != null) {
            encode(newcomers, count);
        }
        int taken = 0;
        for (int i = 0; i < count; i++) {
            if (!newcomers[i].isSettled()) {
                fillCondition(newcomers[i].history);
                unet.condition().write(taken++, condition, 0);
            }
        }
        if (taken == 0) {
            return;
        }
        unet.observe(workers, taken);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (!newcomers[i].isSettled()) {
                unet.keep(kept++, newcomers[i].slot);
            }
        }
    }

    private void encode(Prediction[] newcomers, int count) {
        try {
            encoders.encode(newcomers, count);
        } catch (RuntimeException | Error together) {
            // Somebody's frame did it: one by one the failure finds its owner.
            for (int i = 0; i < count; i++) {
                try {
                    encoders.encode(newcomers[i].history);
                } catch (RuntimeException | Error own) {
                    newcomers[i].fail(own);
                }
            }
        }
    }

    @Override
    public void step(Prediction[] predictions, int count) {
        for (int row = 0; row < count; row++) {
            place(predictions[row], row, predictions[row].slot);
        }
        unet.denoise(workers, count, null);
        for (int row = 0; row < count; row++) {
            Prediction prediction = predictions[row];
            take(prediction, row);
            if (prediction.afterLastStep()) {
                prediction.succeed(chunk(prediction.sample));
            }
        }
    }

    private void place(Prediction prediction, int row, int slot) {
        unet.sample().write(row * spec.horizon(), spec.horizon(), prediction.sample, 0);
        unet.select(row, slot, prediction.table, prediction.step());
    }

    private void take(Prediction prediction, int row) {
        unet.output().read(row * spec.horizon(), spec.horizon(), prediction.output, 0);
        prediction.advance();
    }

    /// A whole prediction outside the queue, whose intermediates are reported.
    ActionChunk predict(Prediction prediction, PredictionTrace trace) {
        History history = prediction.history;
        if (encoders != null) {
            encoders.encode(history, trace);
        }
        fillCondition(history);
        unet.condition().write(0, condition, 0);
        recordInputs(history, trace);
        unet.observe(workers, 1);
        unet.keep(0, aloneSlot);
        int size = sampleSize();
        float[] outputs = new float[prediction.steps() * size];
        float[] samples = new float[outputs.length];
        Trace first = new Trace(trace);
        first.stepEmbedding(prediction.table.firstEmbedding());
        for (int i = 0; i < prediction.steps(); i++) {
            place(prediction, 0, aloneSlot);
            unet.denoise(workers, 1, i == 0 ? first : null);
            take(prediction, 0);
            System.arraycopy(prediction.output, 0, outputs, i * size, size);
            System.arraycopy(prediction.sample, 0, samples, i * size, size);
            if (i == 0) {
                trace.record("unet_output.first", prediction.output.clone(), 1, spec.horizon(), actionDim);
            }
        }
        trace.record("unet_outputs", outputs, prediction.steps(), 1, spec.horizon(), actionDim);
        trace.record("samples", samples, prediction.steps(), 1, spec.horizon(), actionDim);
        return chunk(prediction.sample);
    }

    /// Per observation step, oldest first: states, features of the cameras in config order, environment states.
    private void fillCondition(History history) {
        int at = 0;
        for (int step = 0; step < history.steps(); step++) {
            Frame frame = history.frame(step);
            int states = inputs.before.size();
            for (int i = 0; i < states; i++) {
                at = append(frame.vectors[i], at);
            }
            for (int camera = 0; camera < frame.features.length; camera++) {
                at = append(frame.features[camera], at);
            }
            for (int i = states; i < frame.vectors.length; i++) {
                at = append(frame.vectors[i], at);
            }
        }
    }

    private int append(float[] values, int at) {
        System.arraycopy(values, 0, condition, at, values.length);
        return at + values.length;
    }

    /// The rows from the present on: n_obs_steps - 1 and the n_action_steps - 1 after it.
    private ActionChunk chunk(float[] sample) {
        int steps = spec.nActionSteps();
        float[] values = new float[steps * actionDim];
        float[] normalized = new float[steps * actionDim];
        int from = (spec.nObsSteps() - 1) * actionDim;
        for (int i = 0; i < values.length; i++) {
            normalized[i] = sample[from + i];
            values[i] = actionNormalizer.inverse(i % actionDim, normalized[i]);
        }
        return new ActionChunk(steps, actionDim, values, normalized);
    }

    private void recordInputs(History history, PredictionTrace trace) {
        for (int i = 0; i < inputs.vectors.size(); i++) {
            int size = inputs.vectors.get(i).size();
            float[] all = new float[history.steps() * size];
            for (int step = 0; step < history.steps(); step++) {
                System.arraycopy(history.frame(step).vectors[i], 0, all, step * size, size);
            }
            trace.record("normalized." + inputs.vectors.get(i).name(), all, history.steps(), size);
        }
        if (encoders != null) {
            encoders.record(history, trace);
        }
        trace.record("global_cond", condition.clone(), 1, condition.length);
    }
}
