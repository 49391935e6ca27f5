package sinew.engine.inference;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.features.Normalizer;
import sinew.engine.nn.ConditionalUnet1d;
import sinew.engine.nn.Scratch;
import sinew.engine.nn.StepTable;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// The networks of a diffusion policy and the places of their intermediates. One prediction at a time: whoever
/// uses it holds the policy's lock.
final class DiffusionNetworks {
    private final DiffusionSpec spec;
    private final int actionDim;
    private final Workers workers;
    private final PolicyInputs inputs;
    private final Normalizer actionNormalizer;
    private final CameraEncoders encoders; // null without cameras
    private final ConditionalUnet1d unet;
    private final Map<String, StepTable> tables = new HashMap<>(); // by timesteps
    private final float[] condition; // [n_obs_steps * per step]
    private final float[] sample; // [horizon * A]
    private final float[] output; // [horizon * A]
    private final float[] noise; // [horizon * A]

    /// @throws sinew.engine.weights.WeightsFormatException names every tensor that is missing or misshapen
    DiffusionNetworks(DiffusionSpec spec, WeightScope scope, Kernels kernels, Workers workers, Arena arena) {
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
        unet = new ConditionalUnet1d(
                kernels, scope.in("unet"), spec.unet(), spec.horizon(), actionDim, condDim, 1, arena);
        scope.requireComplete();
        condition = new float[condDim];
        sample = new float[spec.horizon() * actionDim];
        output = new float[sample.length];
        noise = new float[sample.length];
    }

    PolicyInputs inputs() {
        return inputs;
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

    /// What the scheduler's steps contribute on their own; computed once for each set of steps.
    StepTable table(NoiseScheduler scheduler) {
        int[] timesteps = scheduler.timesteps();
        return tables.computeIfAbsent(Arrays.toString(timesteps), key -> unet.table(workers, timesteps));
    }

    /// Predicts from the history. Allocates the result only, unless traced.
    ActionChunk predict(
            History history, NoiseSource source, NoiseScheduler scheduler, StepTable table, PredictionTrace trace) {
        if (encoders != null) {
            encoders.encode(history, trace);
        }
        fillCondition(history);
        unet.condition().write(0, condition, 0);
        if (trace != null) {
            recordInputs(history, trace);
        }
        unet.observe(workers, 1);
        source.fill(sample, sample.length);
        if (trace == null) {
            denoise(source, scheduler, table);
        } else {
            denoise(source, scheduler, table, trace);
        }
        return chunk();
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

    private void denoise(NoiseSource source, NoiseScheduler scheduler, StepTable table) {
        for (int i = 0; i < scheduler.steps(); i++) {
            denoise(source, scheduler, table, i, null);
        }
    }

    private void denoise(NoiseSource source, NoiseScheduler scheduler, StepTable table, PredictionTrace trace) {
        int steps = scheduler.steps();
        float[] outputs = new float[steps * sample.length];
        float[] samples = new float[steps * sample.length];
        Trace first = new Trace(trace);
        first.stepEmbedding(table.firstEmbedding());
        for (int i = 0; i < steps; i++) {
            denoise(source, scheduler, table, i, i == 0 ? first : null);
            System.arraycopy(output, 0, outputs, i * sample.length, sample.length);
            System.arraycopy(sample, 0, samples, i * sample.length, sample.length);
            if (i == 0) {
                trace.record("unet_output.first", output.clone(), 1, spec.horizon(), actionDim);
            }
        }
        trace.record("unet_outputs", outputs, steps, 1, spec.horizon(), actionDim);
        trace.record("samples", samples, steps, 1, spec.horizon(), actionDim);
    }

    private void denoise(NoiseSource source, NoiseScheduler scheduler, StepTable table, int index, Trace listener) {
        for (int t = 0; t < spec.horizon(); t++) {
            unet.sample().write(t, sample, t * actionDim);
        }
        unet.denoise(workers, table, index, 1, listener);
        for (int t = 0; t < spec.horizon(); t++) {
            unet.output().read(t, output, t * actionDim);
        }
        if (scheduler.drawsNoise(index)) {
            source.fill(noise, noise.length);
        }
        scheduler.step(index, output, sample, noise, sample.length);
    }

    /// The rows from the present on: n_obs_steps - 1 and the n_action_steps - 1 after it.
    private ActionChunk chunk() {
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
