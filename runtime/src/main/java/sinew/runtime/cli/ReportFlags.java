package sinew.runtime.cli;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.kernels.WeightType;
import sinew.runtime.compare.TypeReport.Figure;
import sinew.runtime.compare.TypeReview;

/// The flags of `convert` about its report on weight types.
final class ReportFlags {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--calibrate", paramLabel = "DATASET",
            description = "Compare with f32 on observations of this LeRobot data set (format v3). Default: synthetic"
                    + " ones, states as the checkpoint's statistics describe them and smooth random pictures.")
    private Path dataset;

    @Option(names = "--max-error", paramLabel = "X",
            description = "Write nothing and end with 3 when the deviation from f32 exceeds X, in robot units:"
                    + " the 99%% figure of the worst joint, unless --max-error-of says otherwise.")
    private Double maxError;

    @Option(names = "--max-error-of", paramLabel = "median|p99|max", defaultValue = "p99",
            description = "Which figure --max-error is for. Default: ${DEFAULT-VALUE}.")
    private Figure figure;

    @Option(names = "--report-observations", paramLabel = "N",
            description = "Predict from N observations, 0 for no report. Default: 2 to 32, fewer the larger the policy,"
                    + " for about ten seconds.")
    private Integer observations;

    @Option(names = "--report-seeds", paramLabel = "N", defaultValue = "1",
            description = "Predictions from each observation, with other noise every time. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(names = "--report-steps", paramLabel = "N",
            description = "Denoising steps of the checkpoint's sampler. Default: the checkpoint's.")
    private Integer steps;

    @Option(names = "--report-speed", description = "Time a denoising step of both, too.")
    private boolean speed;

    @Option(names = "--threads", paramLabel = "N",
            description = "Threads of the report's predictions; they do not change it. Default: one per core.")
    private Integer threads;

    @Option(names = "--no-report", description = "Do not compare with f32.")
    private boolean none;

    /// Null when no report is wanted, or when there is nothing to compare: f32 is what the others are compared with.
    TypeReview review(WeightType type) {
        boolean off = none || observations != null && observations == 0;
        if (observations != null && observations < 0) {
            throw wrong("--report-observations wants a number from 0 on, got " + observations);
        }
        if (seeds < 1) {
            throw wrong("--report-seeds wants a number from 1 on, got " + seeds);
        }
        if (steps != null && steps < 1) {
            throw wrong("--report-steps wants a number from 1 on, got " + steps);
        }
        if (threads != null && threads < 1) {
            throw wrong("--threads wants a number from 1 on, got " + threads);
        }
        if (maxError != null && !(maxError >= 0)) {
            throw wrong("--max-error wants a number from 0 on, got " + maxError);
        }
        if (maxError != null && off) {
            throw wrong("--max-error needs the report: leave out "
                    + (none ? "--no-report" : "--report-observations 0"));
        }
        if (off || type == WeightType.F32) {
            return null;
        }
        int team = threads != null ? threads : Runtime.getRuntime().availableProcessors();
        return new TypeReview(type,
                new TypeReview.Options(dataset, observations, seeds, steps, maxError, figure, speed, team));
    }

    private ParameterException wrong(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}
