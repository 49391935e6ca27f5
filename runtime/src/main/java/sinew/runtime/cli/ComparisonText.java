package sinew.runtime.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import sinew.runtime.compare.ComparisonReport;
import sinew.runtime.compare.ComparisonReport.Side;

/// A comparison of ways of predicting as text for people.
final class ComparisonText {
    private static final int ENOUGH_FOR_PERCENT = 100;

    private final ComparisonReport report;
    private final PrintWriter out;

    ComparisonText(ComparisonReport report, PrintWriter out) {
        this.report = report;
        this.out = out;
    }

    void print() {
        out.println("deviation of the action chunk of " + words(report.policy()) + ", in robot units:");
        DeviationTable table = new DeviationTable(report.joints(), report.range(), out);
        for (Side side : report.against()) {
            out.println("from " + words(side));
            table.print(side.deviation(), report.spread());
        }
        String what = count(report.moments(), report.observations() == null ? "synthetic observation" : "observation")
                + (report.observations() == null ? "" : " of " + report.observations());
        int values = report.against().getFirst().deviation().values();
        out.println("  from " + what + ", " + count(report.seeds(), "prediction") + " each, with the same noise at its"
                + " beginning on every side");
        out.println("  " + values + " values per joint" + (values < ENOUGH_FOR_PERCENT
                ? ": too few for the 99% to differ from the max; --observations N gives more" : ""));
        if (report.spread() != null) {
            out.println("  99% noise: how far its own actions at one observation are apart when only the noise differs");
        }
        out.println("time per prediction, all pictures new (median here, among whatever else runs on this machine):");
        List<Side> sides = new ArrayList<>(List.of(report.policy()));
        sides.addAll(report.against());
        int width = sides.stream().mapToInt(side -> words(side).length()).max().orElse(0);
        for (Side side : sides) {
            String relative = side == report.policy() ? ""
                    : String.format(Locale.ROOT, "  %.2f times as long", side.millis() / report.policy().millis());
            out.printf(Locale.ROOT, "  %-" + width + "s %10.2f ms%s%n", words(side), side.millis(), relative);
        }
    }

    /// `ddim with 10 steps, f32`
    static String words(Side side) {
        return side.scheduler() + " with " + count(side.steps(), "step") + ", "
                + side.type().name().toLowerCase(Locale.ROOT);
    }

    private static String count(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }
}
