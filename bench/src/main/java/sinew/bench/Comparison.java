package sinew.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import sinew.bench.machine.Machine;

/// This run's figures against an earlier run's, as they are: nothing is scaled by what either machine can do.
///
/// @param lines       for the user
/// @param regressions figures that are worse than allowed
record Comparison(List<String> lines, int regressions) {
    /// Worse by more than this part is a regression; less is noise.
    static final double TOLERANCE = 0.10;

    static Comparison of(Results.Earlier earlier, Machine machine, String kernels, int threads, List<Figure> figures) {
        List<String> lines = new ArrayList<>();
        lines.add("Against the run of " + earlier.date() + ":");
        differences(lines, earlier, machine, kernels, threads);
        int regressions = 0;
        int compared = 0;
        for (Figure figure : figures) {
            Double before = earlier.values().get(figure.id());
            if (before == null || before <= 0) {
                continue;
            }
            compared++;
            double change = figure.value() / before - 1;
            boolean worse = change > TOLERANCE;
            regressions += worse ? 1 : 0;
            lines.add(String.format(Locale.ROOT, "  %-38s %9s -> %9s %-2s %+6.1f%%%s", figure.id(), Text.number(before),
                    Text.number(figure.value()), figure.unit(), 100 * change,
                    worse ? "  SLOWER" : change < -TOLERANCE ? "  better" : ""));
        }
        lines.add(summary(compared, regressions, figures.size(), earlier.values().size()));
        return new Comparison(List.copyOf(lines), regressions);
    }

    private static void differences(
            List<String> lines, Results.Earlier earlier, Machine machine, String kernels, int threads) {
        if (!machine.isLike(earlier.machine())) {
            lines.add("  ANOTHER MACHINE: then " + describe(earlier.machine()) + ", now " + describe(machine)
                    + ". Differences may be the machines'");
        }
        if (!machine.jdk().equals(earlier.machine().jdk())) {
            lines.add("  another JDK: then " + earlier.machine().jdk() + ", now " + machine.jdk());
        }
        if (!Objects.equals(kernels, earlier.kernels())) {
            lines.add("  other kernels: then " + earlier.kernels() + ", now " + kernels);
        }
        if (threads != earlier.threads()) {
            lines.add("  other threads: then " + earlier.threads() + ", now " + threads);
        }
    }

    private static String describe(Machine machine) {
        return machine.cpu() + " with " + machine.cores() + " cores";
    }

    private static String summary(int compared, int regressions, int now, int then) {
        if (compared == 0) {
            return "  no figure of this run is in that file";
        }
        return String.format(Locale.ROOT, "  %d of %d figures compared (that file has %d): %s", compared, now, then,
                regressions == 0 ? "none is more than 10% worse" : regressions + " more than 10% worse");
    }
}
