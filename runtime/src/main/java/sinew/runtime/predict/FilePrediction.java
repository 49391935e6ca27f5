package sinew.runtime.predict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsWriter;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.ActionPlayer;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;

/// Predicts from what a safetensors file holds and writes another one. The reference recordings, LeRobot's and
/// diffusion_policy's, can be given as they are; results have the names of the recording's own.
public final class FilePrediction {
    private static final String INPUT = "input.";
    private static final String ROLLOUT = "rollout.input.";

    private final Policy policy;
    private final Options options;
    private final Map<String, Result> results = new LinkedHashMap<>();
    private final Map<String, List<Result>> traces = new LinkedHashMap<>(); // one entry per sample

    /// @param seed    of the noise that the input does not give, as `torch.manual_seed` takes it
    /// @param trace   write the intermediates too
    /// @param rollout play the action queue over `rollout.input.*`
    public record Options(long seed, SamplingOptions sampling, boolean trace, boolean rollout) {}

    /// A tensor of the output.
    record Result(float[] values, int[] shape) {}

    public FilePrediction(Policy policy, Options options) {
        this.policy = policy;
        this.options = options;
    }

    /// Reads, predicts and writes; the output appears whole or not at all.
    ///
    /// @return what was written: the names and shapes that a user looks for first
    /// @throws PredictionException                          when the input does not fit the policy
    /// @throws sinew.engine.policy.ObservationException     as that
    /// @throws IllegalArgumentException                     when the policy cannot be sampled as the options say
    public List<String> run(Path input, Path output) throws IOException {
        results.clear();
        traces.clear();
        Path folder = output.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new PredictionException("the output's folder " + folder + " does not exist; create it first");
        }
        try (SafetensorsFile file = SafetensorsFile.open(input)) {
            predict(new PredictionInput(file, policy.spec()), input, options.rollout());
        }
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        boolean wholeSteps = policy.spec().results().isEmpty();
        results.forEach((name, result) -> add(writer, name, result, wholeSteps));
        writer.write(output);
        return results.keySet().stream().filter(name -> name.contains("action")).map(this::describe).toList();
    }

    private void predict(PredictionInput in, Path input, boolean rollout) {
        if (rollout && !in.has(ROLLOUT)) {
            throw new PredictionException(input + " has no tensors " + ROLLOUT + "<feature> to roll out");
        }
        if (!rollout || in.has(INPUT)) {
            predict(in);
        }
        if (rollout) {
            rollOut(in);
        }
    }

    private void predict(PredictionInput in) {
        if (in.isDiffusionPolicys(INPUT)) {
            predictAsDiffusionPolicy(in);
            return;
        }
        int batch = in.batch(INPUT);
        TorchRandom random = new TorchRandom(options.seed());
        ActionChunk[] chunks = new ActionChunk[batch];
        for (int b = 0; b < batch; b++) {
            FileNoise noise = new FileNoise(random);
            noise.begin(in.noise(b), in.draws(b));
            chunks[b] = predict(policy.newSession(noise, options.sampling()), in.observations(INPUT, b));
        }
        int steps = chunks[0].steps();
        int dim = chunks[0].dim();
        int[] shape = batch == 1 ? new int[] {steps, dim} : new int[] {batch, steps, dim};
        float[] values = new float[batch * steps * dim];
        float[] normalized = new float[values.length];
        for (int b = 0; b < batch; b++) {
            System.arraycopy(chunks[b].values(), 0, values, b * steps * dim, steps * dim);
            System.arraycopy(chunks[b].normalized(), 0, normalized, b * steps * dim, steps * dim);
        }
        traces.forEach((name, parts) -> results.put(name, stack(parts)));
        if (policy.spec().results().isEmpty()) {
            results.put("action_chunk", new Result(values, shape));
            results.put("action_chunk_normalized", new Result(normalized, shape));
        }
    }

    private void predictAsDiffusionPolicy(PredictionInput in) {
        TorchRandom random = new TorchRandom(options.seed());
        DiffusionPolicyResults all = new DiffusionPolicyResults(policy.spec(), options.trace());
        for (int b = 0; b < in.batch(INPUT); b++) {
            FileNoise noise = new FileNoise(random);
            noise.begin(in.noise(b), in.draws(b));
            PolicySession session = policy.newSession(noise, options.sampling());
            List<Observation> observations = in.observations(INPUT, b);
            int last = observations.size() - 1;
            observations.subList(0, last).forEach(session::observe);
            all.begin();
            session.predict(observations.get(last), all);
        }
        results.putAll(all.results());
    }

    private ActionChunk predict(PolicySession session, List<Observation> observations) {
        int last = observations.size() - 1;
        for (int i = 0; i < last; i++) {
            session.observe(observations.get(i));
        }
        Set<String> always = policy.spec().results();
        if (!options.trace() && always.isEmpty()) {
            return session.predict(observations.get(last));
        }
        return session.predict(observations.get(last), (name, values, shape) -> {
            if (options.trace() || always.contains(name)) {
                traces.computeIfAbsent(name, n -> new ArrayList<>()).add(new Result(values, shape));
            }
        });
    }

    /// The same tensor of several samples as one, as if they had been predicted together: along the first dimension, or
    /// along the second where that is the one of samples and the first is that of steps or tokens.
    private static Result stack(List<Result> parts) {
        Result first = parts.getFirst();
        int dims = first.shape.length;
        if (parts.size() == 1 || dims == 1) {
            return first;
        }
        int outer = dims > 2 && first.shape[0] > 1 && first.shape[1] == 1 ? first.shape[0] : 1;
        int inner = first.values.length / outer;
        float[] values = new float[first.values.length * parts.size()];
        for (int i = 0; i < outer; i++) {
            for (int part = 0; part < parts.size(); part++) {
                System.arraycopy(parts.get(part).values, i * inner, values, (i * parts.size() + part) * inner, inner);
            }
        }
        int[] shape = first.shape.clone();
        shape[outer > 1 ? 1 : 0] *= parts.size();
        return new Result(values, shape);
    }

    private void rollOut(PredictionInput in) {
        List<Observation> observations = in.observations(ROLLOUT, 0);
        float[][] initial = in.rolloutNoise();
        FileNoise noise = new FileNoise(new TorchRandom(options.seed()));
        ActionPlayer player = new ActionPlayer(policy.newSession(noise, options.sampling()));
        int dim = policy.spec().action().size();
        float[] actions = new float[observations.size() * dim];
        int predictions = 0;
        for (int i = 0; i < observations.size(); i++) {
            if (player.needsPrediction()) {
                noise.begin(initialOf(initial, predictions++), null);
            }
            System.arraycopy(player.act(observations.get(i)), 0, actions, i * dim, dim);
        }
        results.put("rollout.actions", new Result(actions, new int[] {observations.size(), dim}));
    }

    private static float[] initialOf(float[][] initial, int prediction) {
        if (initial == null) {
            return null;
        }
        if (prediction >= initial.length) {
            throw new PredictionException("rollout.noise holds " + initial.length
                    + " predictions, the rollout makes more. Record more, or leave it out to draw from --seed");
        }
        return initial[prediction];
    }

    /// Timesteps are whole numbers in the reference recordings of UNets, too.
    private static void add(SafetensorsWriter writer, String name, Result result, boolean wholeSteps) {
        if (wholeSteps && name.equals("timesteps")) {
            long[] whole = new long[result.values().length];
            for (int i = 0; i < whole.length; i++) {
                whole[i] = (long) result.values()[i];
            }
            writer.longs(name, whole, result.shape());
        } else {
            writer.floats(name, result.values(), result.shape());
        }
    }

    private String describe(String name) {
        return name + " " + Arrays.toString(results.get(name).shape());
    }
}
