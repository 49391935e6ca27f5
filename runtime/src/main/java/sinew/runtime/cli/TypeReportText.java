package sinew.runtime.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import sinew.engine.compare.ChunkDeviation.Spread;
import sinew.engine.policy.ValueRange;
import sinew.runtime.compare.TypeReport;

/// A report on a weight type as text for people.
final class TypeReportText {
    private static final int ENOUGH_FOR_PERCENT = 100;

    private final TypeReport report;
    private final PrintWriter out;

    TypeReportText(TypeReport report, PrintWriter out) {
        this.report = report;
        this.out = out;
    }

    void print() {
        out.println("deviation of the action chunk from f32, in robot units:");
        int width = report.joints().stream().mapToInt(String::length).max().orElse(0);
        width = Math.max(width, "worst".length());
        row(width, "joint", "median", "99%", "max", report.range() == null ? "" : "99% of its range");
        for (int i = 0; i < report.joints().size(); i++) {
            spread(width, report.joints().get(i), report.deviation().joints().get(i), share(i));
        }
        spread(width, "worst", report.deviation().worst(), "");
        out.println("  from " + source() + ", " + count(report.deviation().predictions(), "prediction") + " each, "
                + report.scheduler().toUpperCase(Locale.ROOT) + " with " + count(report.steps(), "step"));
        int values = report.deviation().values();
        out.println("  " + values + " values per joint" + (values < ENOUGH_FOR_PERCENT
                ? ": too few for the 99% to differ from the max; --report-observations N gives more" : ""));
        out.printf(Locale.ROOT, "size: %s, %.0f%% of the %s as f32%n", Sizes.bytes(report.file().bytes()),
                100.0 * report.file().bytes() / report.f32().bytes(), Sizes.bytes(report.f32().bytes()));
        out.println("speed: " + speed());
    }

    private String source() {
        return report.observations() == null
                ? count(report.moments(), "synthetic observation")
                : count(report.moments(), "observation") + " of " + report.observations();
    }

    private String speed() {
        String weights = String.format(Locale.ROOT, "a denoising step reads %s of weights instead of %s, so it is up to"
                + " %.1f times faster where reading weights is what takes the time",
                Sizes.bytes(report.file().stepBytes()), Sizes.bytes(report.f32().stepBytes()), report.fewerBytes());
        TypeReport.Speed measured = report.speed();
        return measured == null
                ? weights + " (not measured; --report-speed does)"
                : weights + String.format(Locale.ROOT, "; measured here: %.2f ms instead of %.2f ms, %.1f times faster",
                        measured.millis(), measured.f32Millis(), measured.f32Millis() / measured.millis());
    }

    /// How much of the range of the training data a joint's 99% figure is.
    private String share(int joint) {
        ValueRange range = report.range();
        double width = range == null ? 0 : range.max()[joint] - range.min()[joint];
        double p99 = report.deviation().joints().get(joint).p99();
        return width > 0 ? String.format(Locale.ROOT, "%.3f%%", 100 * p99 / width) : "";
    }

    private void spread(int width, String name, Spread spread, String share) {
        row(width, name, figure(spread.median()), figure(spread.p99()), figure(spread.max()), share);
    }

    private void row(int width, String name, String median, String p99, String max, String share) {
        out.println(String.format(Locale.ROOT, "  %-" + width + "s %10s %10s %10s  %s", name, median, p99, max, share)
                .stripTrailing());
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static String count(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }
}
