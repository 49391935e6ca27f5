package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.Policy;
import sinew.runtime.predict.FilePrediction;
import sinew.runtime.predict.PredictionException;

/// `sinew predict`: one prediction from a file.
@Command(
        name = "predict",
        description = "Predict one action chunk from a file of observations.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:predicted", "1:the policy or the input cannot be used", "2:wrong options"})
final class PredictCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    @Option(
            names = "--policy.path",
            required = true,
            paramLabel = "FILE|DIR",
            description = "Weights file, or checkpoint: LeRobot's directory or diffusion_policy's .ckpt (converted once"
                    + " and kept beside it).")
    private Path policyPath;

    @Option(
            names = "--input",
            required = true,
            paramLabel = "IN.safetensors",
            description = "input.<feature> with one row per observation step, images as uint8 [steps, H, W, 3];"
                    + " optional noise [B, horizon, A] and variance_noise [draws, B, horizon, A]. Or as diffusion_policy"
                    + " has it: obs, obs.<key> [B, steps, D], obs.<key>.u8 [B, steps, 3, H, W], initial_noise.")
    private Path input;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "OUT.safetensors",
            description = "Gets action_chunk [n_action_steps, A] in robot units and action_chunk_normalized; or, for"
                    + " an input as diffusion_policy has it, action [B, n_action_steps, A] and action_pred.")
    private Path output;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Draw noise that the input does not give as torch.manual_seed(N) does (default: 0).")
    private long seed;

    @Mixin
    private WeightTypeFlag weightType;

    @Mixin
    private SamplingFlags sampling;

    @Option(names = "--trace", description = "Write the intermediates too.")
    private boolean trace;

    @Option(
            names = "--rollout",
            description = "Play the action queue over rollout.input.<feature> and write rollout.actions.")
    private boolean rollout;

    @Mixin
    private DeviceFlag device;

    @Option(names = "--threads", paramLabel = "N", description = "Threads (default: one per core).")
    private Integer threads;

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() throws IOException {
        sampling.options(); // says what is wrong before a policy is loaded
        LoadOptions load = device.on(LoadOptions.defaults()).withWarmUp(false);
        if (threads != null) {
            load = load.withThreads(positive("--threads", threads));
        }
        try {
            return predict(load);
        } catch (PredictionException | ObservationException e) {
            PrintWriter err = command.commandLine().getErr();
            err.println("sinew predict: " + e.getMessage());
            err.flush();
            return FAILED;
        }
    }

    private int predict(LoadOptions load) throws IOException {
        Path weights;
        try (ConversionProgress progress = new ConversionProgress(command.commandLine().getErr())) {
            weights = weightType.weights(policyPath, progress);
        }
        try (Policy policy = Policies.load(weights, load)) {
            FilePrediction.Options options = new FilePrediction.Options(seed, sampling.checkedFor(policy), trace, rollout);
            long start = System.nanoTime();
            List<String> written = new FilePrediction(policy, options).run(input, output);
            PrintWriter out = command.commandLine().getOut();
            out.printf(Locale.ROOT, "wrote %s in %.0f ms: %s%n", output, (System.nanoTime() - start) / 1e6,
                    String.join(", ", written));
            out.flush();
            return 0;
        }
    }

    private Integer positive(String flag, Integer value) {
        if (value != null && value < 1) {
            throw new ParameterException(command.commandLine(), flag + " wants a number from 1 on, got " + value);
        }
        return value;
    }
}
