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
import sinew.engine.nn.Activations;
import sinew.engine.nn.ConditionalUnet1d;
import sinew.engine.nn.Denoiser;
import sinew.engine.nn.DiffusionTransformer;
import sinew.engine.nn.ModulatedTransformer;
import sinew.engine.nn.Scratch;
import sinew.engine.nn.StepTable;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.DitSpec;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.policy.TransformerSpec;
import sinew.engine.policy.UnetSpec;
import sinew.engine.text.ClipTokenizer;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Device;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// The networks of a diffusion policy and the places of their intermediates. One call at a time: the
/// [PredictionQueue] sees to that.
///
/// A pass of the denoiser packs the samples of all predictions under way into its first rows. What outlives a pass is
/// kept elsewhere: the samples in the predictions, what they have observed in the denoiser's slot of that number.
final class DiffusionNetworks implements Passes {
    private final DiffusionSpec spec;
    private final int actionDim;
    private final int sampleDim; // C
    private final Workers workers;
    private final Device device;
    private final PolicyInputs inputs;
    private final Normalizer actionNormalizer;
    private final DecidedActions decided;
    private final CameraEncoders encoders; // null without cameras
    private final TextReader texts; // null without instructions
    private final Denoiser denoiser;
    private final DenoisingLoops loops; // null where the device records nothing
    private final Map<String, StepTable> tables = new HashMap<>(); // by timesteps
    private final Map<Schedule, Schedule> schedules = new HashMap<>(); // there is one of each kind
    private final float[] observed; // [n_obs_steps * per step]
    private final int aloneSlot; // of the denoiser, for predictions outside the queue

    /// @param tokenizer null when the weights file has none
    /// @param maxBatch  most predictions in a pass
    /// @throws sinew.engine.weights.WeightsFormatException names every tensor that is missing or misshapen
    DiffusionNetworks(
            DiffusionSpec spec, WeightScope scope, ClipTokenizer tokenizer, int maxBatch, Kernels kernels,
            Workers workers, Arena arena) {
        this.spec = spec;
        this.workers = workers;
        Instructions instructions =
                spec.text() == null ? null : new Instructions(spec.language(), spec.text(), tokenizer);
        inputs = new PolicyInputs(spec, scope, instructions);
        actionDim = spec.action().size();
        actionNormalizer =
                Normalizer.read(scope.in(SpecMetadata.normalizationPrefix(spec, spec.action())), actionDim);
        decided = new DecidedActions(spec, actionNormalizer);
        encoders = inputs.cameras.isEmpty()
                ? null
                : new CameraEncoders(
                        kernels, workers, spec, inputs, scope.in("rgb_encoder"), new Scratch(kernels.device(), arena), arena);
        texts = spec.text() == null
                ? null
                : new TextReader(kernels, scope.in("text_encoder"), spec.text(), spec.textSize(), workers, arena);
        sampleDim = spec.sampleDim();
        aloneSlot = maxBatch;
        denoiser = switch (spec.denoiser()) {
            case UnetSpec unet -> new ConditionalUnet1d(
                    kernels,
                    scope.in("unet"),
                    unet,
                    spec.horizon(),
                    sampleDim,
                    spec.nObsSteps() * spec.conditionDim(),
                    maxBatch,
                    maxBatch + 1,
                    arena);
            case DitSpec dit -> new ModulatedTransformer(
                    kernels,
                    scope.in("dit"),
                    dit,
                    spec.horizon(),
                    sampleDim,
                    spec.nObsSteps() * spec.conditionDim(),
                    maxBatch,
                    maxBatch + 1,
                    arena);
            case TransformerSpec transformer -> new DiffusionTransformer(
                    kernels,
                    scope.in("transformer"),
                    transformer,
                    spec.horizon(),
                    sampleDim,
                    spec.nObsSteps(),
                    spec.conditionDim(),
                    maxBatch,
                    maxBatch + 1,
                    arena);
        };
        scope.requireComplete();
        device = kernels.device();
        loops = device.records() ? new DenoisingLoops(denoiser, kernels, workers, maxBatch, arena) : null;
        observed = new float[spec.nObsSteps() * spec.condPerStep()];
    }

    List<PolicyProfile.Stage> profile(Workers workers, int runs) {
        List<PolicyProfile.Stage> stages = new ArrayList<>();
        if (encoders != null) {
            int images = encoders.maxBatch();
            stages.add(new PolicyProfile.Stage("encode", images, encoders.plan().profile(device, workers, images, runs)));
        }
        if (denoiser.condition() != null) {
            stages.add(new PolicyProfile.Stage("condition", 1, denoiser.observationPlan().profile(device, workers, 1, runs)));
        }
        stages.add(new PolicyProfile.Stage("denoise", 1, denoiser.plan().profile(device, workers, 1, runs)));
        return stages;
    }

    /// Lets a prediction that has not been started continue actions that are already decided, or none.
    void decide(Prediction prediction, ActionPrefix prefix) {
        decided.give(prefix, prediction.known);
    }

    History newHistory() {
        return new History(inputs, spec.nObsSteps(), encoders == null ? 0 : encoders.featureSize(),
                spec.textSize());
    }

    /// Floats of a sample: T * C.
    int sampleSize() {
        return spec.horizon() * sampleDim;
    }

    /// What the scheduler's steps contribute on their own; computed once for each set of steps.
    Schedule schedule(NoiseScheduler scheduler) {
        float[] times = scheduler.times();
        StepTable table = tables.computeIfAbsent(Arrays.toString(times), key -> denoiser.table(workers, times));
        return schedules.computeIfAbsent(Schedule.of(scheduler, table), schedule -> schedule);
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
                takeIn(newcomers[i], taken++);
            }
        }
        if (taken == 0 || denoiser.condition() == null) {
            return;
        }
        denoiser.observe(device, workers, taken, null);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (!newcomers[i].isSettled()) {
                denoiser.keep(kept++, newcomers[i].slot);
            }
        }
    }

    /// Hands what was observed to the denoiser, or writes it down as given.
    private void takeIn(Prediction prediction, int row) {
        if (texts != null) {
            texts.read(prediction.history);
        }
        fillObserved(prediction.history);
        Activations condition = denoiser.condition();
        if (condition != null) {
            condition.write(row * condition.positions(), condition.positions(), observed, 0);
        }
        if (spec.observations() == DiffusionSpec.Observations.INPAINTING) {
            int size = observed.length / spec.nObsSteps();
            for (int step = 0; step < spec.nObsSteps(); step++) {
                prediction.known.give(step * sampleDim + actionDim, observed, step * size, size, Known.Level.CLEAN);
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

    /// Those that a device has taken through all their steps at once are done with that; the others take one.
    @Override
    public void step(Prediction[] predictions, int count) {
        if (loops != null) {
            loops.run(predictions, count);
        }
        int rows = 0;
        for (int i = 0; i < count; i++) {
            if (!predictions[i].afterLastStep()) {
                place(predictions[i], rows++, predictions[i].slot);
            }
        }
        if (rows > 0) {
            denoiser.denoise(workers, rows, null);
        }
        int row = 0;
        for (int i = 0; i < count; i++) {
            Prediction prediction = predictions[i];
            if (!prediction.afterLastStep()) {
                take(prediction, row++);
            }
            if (prediction.afterLastStep()) {
                prediction.conclude();
                prediction.succeed(chunk(prediction.sample));
            }
        }
    }

    private void place(Prediction prediction, int row, int slot) {
        prediction.impose();
        denoiser.sample().write(row * spec.horizon(), spec.horizon(), prediction.sample, 0);
        denoiser.select(row, slot, prediction.schedule.table(), prediction.step());
    }

    private void take(Prediction prediction, int row) {
        denoiser.output().read(row * spec.horizon(), spec.horizon(), prediction.output, 0);
        prediction.advance();
    }

    /// A whole prediction outside the queue, whose intermediates are reported.
    ActionChunk predict(Prediction prediction, PredictionTrace trace) {
        History history = prediction.history;
        if (encoders != null) {
            encoders.encode(history, trace);
        }
        if (texts != null) {
            texts.read(history, (mark, value) ->
                    trace.record(mark, value.tokens(0), 1, value.positions(), value.channels()));
        }
        takeIn(prediction, 0);
        recordInputs(history, trace);
        Trace first = new Trace(trace, denoiser);
        if (denoiser.condition() != null) {
            denoiser.observe(device, workers, 1, first);
            denoiser.keep(0, aloneSlot);
        }
        int size = sampleSize();
        float[] inputs = new float[prediction.steps() * size];
        float[] outputs = new float[inputs.length];
        float[] samples = new float[inputs.length];
        first.stepEmbedding(prediction.schedule.table());
        for (int i = 0; i < prediction.steps(); i++) {
            place(prediction, 0, aloneSlot);
            System.arraycopy(prediction.sample, 0, inputs, i * size, size);
            denoiser.denoise(workers, 1, i == 0 ? first : null);
            take(prediction, 0);
            System.arraycopy(prediction.output, 0, outputs, i * size, size);
            System.arraycopy(prediction.sample, 0, samples, i * size, size);
            if (i == 0) {
                float[] said = prediction.output.clone();
                trace.record(denoiser.name() + "_output.first", said, 1, spec.horizon(), sampleDim);
            }
        }
        trace.record(denoiser.name() + "_inputs", inputs, prediction.steps(), 1, spec.horizon(), sampleDim);
        trace.record(denoiser.name() + "_outputs", outputs, prediction.steps(), 1, spec.horizon(), sampleDim);
        trace.record("samples", samples, prediction.steps(), 1, spec.horizon(), sampleDim);
        prediction.conclude();
        trace.record("actions_full", Arrays.copyOf(prediction.sample, size), 1, spec.horizon(), sampleDim);
        recordPrediction(prediction.sample, trace);
        return chunk(prediction.sample);
    }

    /// Per observation step, oldest first: the vectors that stand before the cameras, features of the cameras in config
    /// order, the vectors that stand after them.
    private void fillObserved(History history) {
        int at = 0;
        for (int step = 0; step < history.steps(); step++) {
            Frame frame = history.frame(step);
            int before = inputs.before.size();
            for (int i = 0; i < before; i++) {
                at = append(frame.vectors[i], at);
            }
            for (int camera = 0; camera < frame.features.length; camera++) {
                at = append(frame.features[camera], at);
            }
            for (int i = before; i < frame.vectors.length; i++) {
                at = append(frame.vectors[i], at);
            }
            at = append(frame.text, at);
        }
    }

    private int append(float[] values, int at) {
        System.arraycopy(values, 0, observed, at, values.length);
        return at + values.length;
    }

    /// The rows that are executed.
    private ActionChunk chunk(float[] sample) {
        int steps = spec.nActionSteps();
        float[] values = new float[steps * actionDim];
        float[] normalized = new float[steps * actionDim];
        for (int row = 0; row < steps; row++) {
            System.arraycopy(sample, (spec.actionStart() + row) * sampleDim, normalized, row * actionDim, actionDim);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = actionNormalizer.inverse(i % actionDim, normalized[i]);
        }
        return new ActionChunk(steps, actionDim, values, normalized);
    }

    /// Reports all rows in robot units: of the action, and of a vector that was inpainted.
    private void recordPrediction(float[] sample, PredictionTrace trace) {
        trace.record("predicted.action", columns(sample, 0, actionNormalizer), spec.horizon(), actionDim);
        if (spec.observations() == DiffusionSpec.Observations.INPAINTING && encoders == null) {
            int at = actionDim;
            for (int i = 0; i < inputs.vectors.size(); i++) {
                int size = inputs.vectors.get(i).size();
                float[] values = columns(sample, at, inputs.vectorNormalizers[i]);
                trace.record("predicted." + inputs.vectors.get(i).name(), values, spec.horizon(), size);
                at += size;
            }
        }
    }

    private float[] columns(float[] sample, int from, Normalizer normalizer) {
        int size = normalizer.center().length;
        float[] values = new float[spec.horizon() * size];
        for (int i = 0; i < values.length; i++) {
            values[i] = normalizer.inverse(i % size, sample[i / size * sampleDim + from + i % size]);
        }
        return values;
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
        trace.record("observed", observed.clone(), history.steps(), spec.condPerStep());
        Activations condition = denoiser.condition();
        if (condition != null && condition.positions() == 1) {
            trace.record("global_cond", observed.clone(), 1, observed.length);
        } else if (condition != null) {
            trace.record("cond", observed.clone(), 1, condition.positions(), condition.channels());
        }
    }
}
