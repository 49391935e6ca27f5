package sinew.runtime.cli;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;

/// The flags about sampling that `predict` and `serve` share.
final class SamplingFlags {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = {"--steps", "--policy.steps"}, paramLabel = "N", description = "Denoising steps. Default: the checkpoint's.")
    private Integer steps;

    @Option(names = {"--scheduler", "--policy.scheduler"}, paramLabel = "ddim|ddpm|euler|rk4", description = "Sampler. Default: the checkpoint's.")
    private String scheduler;

    SamplingOptions options() {
        if (steps != null && steps < 1) {
            throw wrong("--steps wants a number from 1 on, got " + steps, null);
        }
        return new SamplingOptions(kind(), steps);
    }

    /// Refuses what this policy cannot do, before anything is predicted: the samplers say it themselves.
    SamplingOptions checkedFor(Policy policy) {
        SamplingOptions options = options();
        try {
            policy.newSession((out, count) -> {}, options);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage(), e);
        }
        return options;
    }

    private SchedulerSpec.Kind kind() {
        return switch (scheduler == null ? "" : scheduler.toLowerCase(Locale.ROOT)) {
            case "" -> null;
            case "ddim" -> SchedulerSpec.Kind.DDIM;
            case "ddpm" -> SchedulerSpec.Kind.DDPM;
            case "euler" -> SchedulerSpec.Kind.EULER;
            case "rk4" -> SchedulerSpec.Kind.RK4;
            default -> throw wrong(Nearest.unknown("scheduler", scheduler, List.of("ddim", "ddpm", "euler", "rk4")), null);
        };
    }

    private ParameterException wrong(String message, Throwable cause) {
        return new ParameterException(command.commandLine(), message, cause);
    }
}
