package sinew.runtime.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import sinew.engine.compare.ChunkDeviation;
import sinew.engine.compare.ChunkDeviation.Spread;
import sinew.engine.policy.ValueRange;

/// Deviations of action chunks joint by joint, as text for people.
///
/// @param range of the training data, or null where it is not known
record DeviationTable(List<String> joints, ValueRange range, PrintWriter out) {
    /// @param noise how far the policy's own chunks are apart when only the noise differs, or null for no such column
    void print(ChunkDeviation deviation, ChunkDeviation noise) {
        int width = Math.max("worst".length(), joints.stream().mapToInt(String::length).max().orElse(0));
        row(width, "joint", "median", "99%", "max", noise == null ? "" : "99% noise",
                range == null ? "" : "99% of its range");
        for (int i = 0; i < joints.size(); i++) {
            Spread joint = deviation.joints().get(i);
            row(width, joints.get(i), figure(joint.median()), figure(joint.p99()), figure(joint.max()),
                    noise == null ? "" : figure(noise.joints().get(i).p99()), share(i, joint));
        }
        Spread worst = deviation.worst();
        row(width, "worst", figure(worst.median()), figure(worst.p99()), figure(worst.max()),
                noise == null ? "" : figure(noise.worst().p99()), "");
    }

    /// How much of the range of the training data a joint's 99% figure is.
    private String share(int joint, Spread spread) {
        double width = range == null ? 0 : range.max()[joint] - range.min()[joint];
        return width > 0 ? String.format(Locale.ROOT, "%.3f%%", 100 * spread.p99() / width) : "";
    }

    private void row(int width, String name, String median, String p99, String max, String noise, String share) {
        String between = noise.isEmpty() ? "" : String.format(Locale.ROOT, " %10s", noise);
        out.println(String.format(Locale.ROOT, "  %-" + width + "s %10s %10s %10s%s  %s", name, median, p99, max,
                between, share).stripTrailing());
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
