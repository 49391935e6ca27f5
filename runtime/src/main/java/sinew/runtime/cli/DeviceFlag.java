package sinew.runtime.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.engine.inference.LoadOptions;

/// The flag of commands that run a policy for where it computes.
final class DeviceFlag {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = {"--device", "--policy.device"}, paramLabel = "cpu|cuda|cuda:N|auto", defaultValue = "cpu",
            description = "Where the policy computes: this machine's processor, an NVIDIA GPU (cuda is cuda:0; with +tf32"
                    + " behind it f32 weights are rounded to 10 bits in products), or a GPU if there is one that works."
                    + " Default: ${DEFAULT-VALUE}.")
    private String name;

    /// As the user wrote it.
    String name() {
        return name;
    }

    /// @throws ParameterException when there is no such device in principle
    LoadOptions on(LoadOptions options) {
        try {
            return options.withDevice(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--device: " + e.getMessage(), e);
        }
    }
}
