package sinew.runtime.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.convert.ConversionOptions;
import sinew.convert.ConvertedCache;
import sinew.convert.Converter;
import sinew.convert.ProgressListener;
import sinew.kernels.WeightType;

/// The flag for the weight type of commands that run a policy.
final class WeightTypeFlag {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--type", paramLabel = "f32|bf16|int8",
            description = "How to store the weights of a checkpoint when it is converted; sinew convert says"
                    + " what a type costs. A weights file has its type already. Default: f32.")
    private WeightType type;

    boolean isGiven() {
        return type != null;
    }

    /// The weights file of a policy, converted now where it is a checkpoint that was not converted to this type before.
    Path weights(Path policy, ProgressListener listener) throws IOException {
        return weights(policy, type, "--type " + (type == null ? "" : type.name().toLowerCase(Locale.ROOT)), listener);
    }

    /// As that, of a type that another option names.
    ///
    /// @param wanted null for the default, or for that of a weights file
    /// @param option as the user wrote it, for messages
    Path weights(Path policy, WeightType wanted, String option, ProgressListener listener) throws IOException {
        if (wanted != null && Files.isRegularFile(policy) && !Converter.isCheckpoint(policy)) {
            throw new ParameterException(command.commandLine(), option + ": " + policy
                    + " is a weights file, which has its type already (sinew inspect shows it)."
                    + " Leave the option out, or give the checkpoint");
        }
        ConversionOptions options = new ConversionOptions(wanted == null ? WeightType.F32 : wanted, false);
        return ConvertedCache.ofUser().weightsFor(policy, options, listener);
    }
}
