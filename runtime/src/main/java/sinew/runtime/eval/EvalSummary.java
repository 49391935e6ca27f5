package sinew.runtime.eval;

import java.util.Arrays;
import java.util.List;
import sinew.runtime.sim.SimVerdict;

/// What many episodes say together.
///
/// @param episodes      how many
/// @param successes     those whose task's test held at the end
/// @param held          those that held it for half a second (lift)
/// @param low           lower end of the 95% interval of the success rate, after Wilson (1927)
/// @param high          upper end
/// @param stepsToGo     median control steps until the test first held, over the successes; NaN without any
/// @param predictMs     median time of a prediction [ms]
/// @param predictMsP95  95th percentile of the same
public record EvalSummary(
        int episodes, int successes, int held, double low, double high, double stepsToGo, double predictMs,
        double predictMsP95) {
    private static final double Z = 1.959963984540054;

    public static EvalSummary of(List<EpisodeResult> results) {
        int n = results.size(), successes = 0, held = 0;
        for (EpisodeResult r : results) {
            successes += r.verdict().success() ? 1 : 0;
            held += r.verdict().held() ? 1 : 0;
        }
        double[] steps = results.stream()
                .map(EpisodeResult::verdict)
                .filter(SimVerdict::success)
                .mapToDouble(SimVerdict::firstSuccess)
                .sorted()
                .toArray();
        double[] times = results.stream().flatMapToDouble(r -> Arrays.stream(r.predictMs())).sorted().toArray();
        double[] interval = wilson(successes, n);
        return new EvalSummary(
                n, successes, held, interval[0], interval[1], quantile(steps, 0.5), quantile(times, 0.5),
                quantile(times, 0.95));
    }

    public double rate() {
        return (double) successes / episodes;
    }

    /// Wilson's score interval of a proportion, 95%: [low, high].
    static double[] wilson(int successes, int n) {
        double p = (double) successes / n, z2 = Z * Z / n;
        double centre = (p + z2 / 2) / (1 + z2);
        double half = Z / (1 + z2) * Math.sqrt(p * (1 - p) / n + z2 / (4 * n));
        return new double[] {Math.max(0, centre - half), Math.min(1, centre + half)};
    }

    private static double quantile(double[] sorted, double q) {
        int at = (int) Math.min(sorted.length - 1, Math.floor(q * sorted.length));
        return sorted.length == 0 ? Double.NaN : sorted[at];
    }
}
