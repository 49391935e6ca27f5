package sinew.runtime.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import sinew.runtime.control.Overlap;
import sinew.runtime.control.SeamRule;

/// The options of `sinew run` that say whether the policy thinks while the robot moves.
final class OverlapOptions {
    @Option(names = "--overlap", paramLabel = "auto|off|STEPS", defaultValue = "auto",
            description = "Asks for the next action chunk while the last one is being played: auto (as early as the"
                    + " measured latency wants it, where an environment keeps time), off, or STEPS: used exactly so many"
                    + " steps after it was asked for, which can be repeated. Default: ${DEFAULT-VALUE}.")
    private String overlap;

    @Option(names = "--seam", paramLabel = "RULE[,RULE]", defaultValue = "inpaint,blend",
            description = "How a chunk that was asked for early takes over: cut, blend, ensemble, or inpaint (the policy"
                    + " continues what is already decided). The first that the server can do; without a second one a"
                    + " server that cannot is refused. Default: ${DEFAULT-VALUE}.")
    private String seam;

    /// @throws IllegalArgumentException names the option that is wrong
    Overlap overlap() {
        List<SeamRule> seams = new ArrayList<>();
        for (String id : seam.split(",", -1)) {
            SeamRule rule = SeamRule.byId(id.strip());
            if (rule == null) {
                throw new IllegalArgumentException(Nearest.unknown("--seam", id.strip(), SeamRule.ids()));
            }
            seams.add(rule);
        }
        return switch (overlap) {
            case "auto" -> new Overlap(Overlap.Mode.AUTO, 0, seams);
            case "off" -> Overlap.OFF;
            default -> new Overlap(Overlap.Mode.FIXED, steps(), seams);
        };
    }

    private int steps() {
        try {
            int steps = Integer.parseInt(overlap);
            if (steps >= 1) {
                return steps;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("--overlap is auto, off or a number of steps from 1 on, got " + overlap);
    }
}
