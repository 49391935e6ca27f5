package sinew.runtime.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import sinew.convert.ProgressListener;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;
import sinew.kernels.WeightType;
import sinew.runtime.compare.Way;

/// A way of predicting as `--against` names it: parts with colons between them, each of which may be left out.
///
/// @param text      as the user wrote it
/// @param path      another policy, or null
/// @param scheduler or null
/// @param steps     or null
/// @param type      of the weights, or null
record WayText(String text, Path path, SchedulerSpec.Kind scheduler, Integer steps, WeightType type) {
    /// @throws ParameterException names the part that is none of these
    static WayText parse(CommandLine command, String text) {
        Path path = null;
        SchedulerSpec.Kind scheduler = null;
        Integer steps = null;
        WeightType type = null;
        for (String part : text.split(":", -1)) {
            WeightType asType = type(part);
            SchedulerSpec.Kind asKind = SchedulerSpec.Kind.of(part);
            boolean number = part.matches("[0-9]{1,6}");
            boolean again;
            if (asType != null) {
                again = type != null;
                type = asType;
            } else if (asKind != null) {
                again = scheduler != null;
                scheduler = asKind;
            } else if (number) {
                again = steps != null;
                steps = Integer.valueOf(part);
            } else if (!part.isBlank() && Files.exists(Path.of(part))) {
                again = path != null;
                path = Path.of(part);
            } else {
                throw new ParameterException(command, "--against " + text + ": '" + part + "' is no sampler ("
                        + String.join(", ", SchedulerSpec.Kind.words()) + "), number of steps, weight type (f32, bf16,"
                        + " int8), nor a file or directory that is there");
            }
            if (again) {
                throw new ParameterException(command, "--against " + text + ": '" + part + "' is the second of its kind;"
                        + " give --against once for each way to compare with");
            }
        }
        if (steps != null && steps < 1) {
            throw new ParameterException(command, "--against " + text + ": a prediction takes at least one step");
        }
        return new WayText(text, path, scheduler, steps, type);
    }

    private static WeightType type(String part) {
        return Arrays.stream(WeightType.values())
                .filter(type -> type.name().equals(part.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElse(null);
    }

    /// Fills what was left out with what the judged policy has.
    ///
    /// @param judgedPath as the user named that policy
    Way way(Path judgedPath, Way judged, WeightTypeFlag flag, ProgressListener listener) throws IOException {
        SchedulerSpec.Kind kind = scheduler == null ? judged.sampling().scheduler() : scheduler;
        Integer count = steps == null ? judged.sampling().steps() : steps;
        Path weights = path == null && type == null
                ? judged.weights()
                : flag.weights(path == null ? judgedPath : path, type, "--against " + text, listener);
        return new Way(weights, new SamplingOptions(kind, count));
    }
}
