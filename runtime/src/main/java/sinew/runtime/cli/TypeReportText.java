package sinew.runtime.cli;

import java.io.PrintWriter;
import java.util.Locale;
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
        new DeviationTable(report.joints(), report.range(), out).print(report.deviation(), null);
        out.println("  from " + source() + ", " + count(report.deviation().predictions(), "prediction") + " each, "
                + report.scheduler() + " with " + count(report.steps(), "step"));
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

    private static String count(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }
}
