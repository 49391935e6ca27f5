package sinew.runtime.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;

/// The flags about sampling that commands share which run a policy.
final class SamplingFlags {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = {"--steps", "--policy.steps"}, paramLabel = "N",
            description = "Denoising steps. Default: the checkpoint's, often as many as it was trained with.")
    private Integer steps;

    @Option(names = {"--scheduler", "--policy.scheduler"}, paramLabel = "ddim|ddpm|dpm++|euler|rk4",
            description = "Sampler. ddim and dpm++ (DPM-Solver++, second order) get along with 5 to 10 steps, also where"
                    + " the policy was trained with ddpm; sinew compare says how near they come. euler and rk4 are for"
                    + " policies of flow matching. Default: the checkpoint's.")
    private String scheduler;

    SamplingOptions options() {
        if (steps != null && steps < 1) {
            throw wrong("--steps wants a number from 1 on, got " + steps, null);
        }
        return new SamplingOptions(kind(), steps);
    }

    /// Whether any of them was given.
    boolean isGiven() {
        return steps != null || scheduler != null;
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
        if (scheduler == null) {
            return null;
        }
        SchedulerSpec.Kind kind = SchedulerSpec.Kind.of(scheduler);
        if (kind == null) {
            throw wrong(Nearest.unknown("scheduler", scheduler, SchedulerSpec.Kind.words()), null);
        }
        return kind;
    }

    private ParameterException wrong(String message, Throwable cause) {
        return new ParameterException(command.commandLine(), message, cause);
    }
}
