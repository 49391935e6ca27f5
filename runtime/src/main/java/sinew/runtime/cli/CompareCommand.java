package sinew.runtime.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.engine.policy.SamplingOptions;
import sinew.runtime.compare.ComparisonReport;
import sinew.runtime.compare.PolicyComparison;
import sinew.runtime.compare.TypeReport.Figure;
import sinew.runtime.compare.Way;

/// `sinew compare`: what a sampler, fewer steps or a smaller weight type does to the actions, and what it brings.
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Says how far a policy's actions are from what it would do with another sampler, more steps or"
                + " larger weights, joint by joint in robot units, beside the time that each takes.",
        footer = {
            "",
            "Every side predicts from the same observations, beginning with the same noise. ddpm also draws noise at"
                    + " every step, so its actions differ by chance, too: the column '99%% noise' says how much the"
                    + " policy's own actions do.",
            "",
            "Examples:",
            "  sinew compare --policy.path DIR --scheduler ddim --steps 10 --against ddpm:100",
            "  sinew compare --policy.path DIR --scheduler dpm++ --steps 6 --against ddim:6 --against ddim:100",
            "  sinew compare --policy.path DIR --type int8 --against bf16 --against f32 --dataset DEMOS",
            "  sinew compare --policy.path new.gguf --against old.gguf --max-error 0.5"
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:compared", "1:a policy or the data set cannot be used", "2:wrong options",
            "3:the deviation exceeds --max-error"
        })
final class CompareCommand implements Callable<Integer> {
    private static final int REFUSED = 3;

    @Spec
    private CommandSpec spec;

    @Option(names = "--policy.path", required = true, paramLabel = "FILE|DIR",
            description = "The policy to judge: weights file, or checkpoint directory (converted once and kept beside"
                    + " it).")
    private Path policyPath;

    @Mixin
    private WeightTypeFlag weightType;

    @Mixin
    private SamplingFlags sampling;

    @Option(names = "--against", paramLabel = "WAY",
            description = "What to judge it by: sampler, steps, weight type, or another policy's path, with colons between"
                    + " them: ddpm:100, f32, ddim:16:bf16, old.gguf:ddim. What is left out is as for the policy that is"
                    + " judged. Repeatable. Default: the checkpoint's own sampler and steps.")
    private List<String> against = new ArrayList<>();

    @Option(names = {"--dataset", "--calibrate"}, paramLabel = "DATASET",
            description = "Predict from observations of this LeRobot data set (format v3). Default: synthetic ones, states"
                    + " as the checkpoint's statistics describe them and smooth random pictures.")
    private Path dataset;

    @Option(names = "--observations", paramLabel = "N",
            description = "Predict from N observations. Default: 2 to 32, fewer the more there is to compute, for some ten"
                    + " seconds on every side.")
    private Integer observations;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "2",
            description = "Predictions from each observation, with other noise every time. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(names = "--max-error", paramLabel = "X",
            description = "End with 3 when the deviation from any of the others exceeds X, in robot units: the 99%% figure"
                    + " of the worst joint, unless --max-error-of says otherwise.")
    private Double maxError;

    @Option(names = "--max-error-of", paramLabel = "median|p99|max", defaultValue = "p99",
            description = "Which figure --max-error is for. Default: ${DEFAULT-VALUE}.")
    private Figure figure;

    @Option(names = "--threads", paramLabel = "N",
            description = "Threads of a prediction; they do not change it. Default: one per core.")
    private Integer threads;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        PolicyComparison.Options options = options();
        List<WayText> others = against.stream().map(text -> WayText.parse(spec.commandLine(), text)).toList();
        ComparisonReport report;
        try (ConversionProgress progress = new ConversionProgress(err)) {
            report = comparison(others, options, progress).run(progress);
        }
        double found = report.worst(figure);
        // Written so that what is not a number does not pass.
        boolean refused = maxError != null && !(found <= maxError);
        if (json) {
            ObjectNode node = new ObjectMapper().createObjectNode();
            ComparisonJson.write(report, node);
            node.put("refused", refused);
            out.println(node.toPrettyString());
        } else {
            new ComparisonText(report, out).print();
        }
        out.flush();
        if (refused) {
            err.printf(Locale.ROOT, "sinew compare: the deviation is %.4g in robot units (%s of the worst joint), allowed"
                    + " are %.4g%n", found, figure.words(), maxError);
            err.flush();
            return REFUSED;
        }
        return 0;
    }

    private PolicyComparison comparison(
            List<WayText> others, PolicyComparison.Options options, ConversionProgress progress) throws IOException {
        SamplingOptions own = sampling.options();
        Way judged = new Way(weightType.weights(policyPath, progress), own);
        List<Way> ways = new ArrayList<>();
        for (WayText other : others) {
            ways.add(other.way(policyPath, judged, weightType, progress));
        }
        if (ways.isEmpty()) {
            if (own.equals(SamplingOptions.FROM_CHECKPOINT)) {
                throw wrong("there is nothing to compare: say how to predict (--scheduler, --steps), or what to compare"
                        + " with (--against)");
            }
            ways.add(new Way(judged.weights(), SamplingOptions.FROM_CHECKPOINT));
        }
        try {
            return new PolicyComparison(judged, ways, options);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private PolicyComparison.Options options() {
        if (observations != null && observations < 1) {
            throw wrong("--observations wants a number from 1 on, got " + observations);
        }
        if (seeds < 1) {
            throw wrong("--seeds wants a number from 1 on, got " + seeds);
        }
        if (threads != null && threads < 1) {
            throw wrong("--threads wants a number from 1 on, got " + threads);
        }
        if (maxError != null && !(maxError >= 0)) {
            throw wrong("--max-error wants a number from 0 on, got " + maxError);
        }
        sampling.options(); // says what is wrong before a checkpoint is converted
        int team = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        return new PolicyComparison.Options(dataset, observations, seeds, team);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
