package sinew.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import sinew.bench.Load.Binding;
import sinew.bench.machine.Limits;
import sinew.bench.machine.Rate;

/// Figures as lines of a table.
final class Text {
    private Text() {}

    static String heading() {
        return String.format("%-38s %12s %10s %6s  %-10s %8s %8s", "", "median", "best", "share", "binds", "GB/s",
                "GFLOP/s");
    }

    /// The figure, and a line for each peer.
    static List<String> lines(Figure figure, Limits limits) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "%-38s %9s %-2s %10s %6s  %-10s %8s %8s", figure.id(),
                number(figure.value()), figure.unit(), number(figure.min()),
                figure.loads().isEmpty() ? "" : percent(figure.share(limits)), binding(figure.binding(limits)),
                rate(figure.gigabytesPerSecond()), rate(figure.gigaflopsPerSecond())).stripTrailing());
        for (Figure.Versus peer : figure.peers()) {
            lines.add(String.format(Locale.ROOT, "  %-36s %9s %-2s %10s   %.2fx our time%s", peer.name(),
                    number(peer.value()), figure.unit(), number(peer.min()), peer.ratio(),
                    Double.isNaN(peer.deviation()) ? "" : String.format(Locale.ROOT, ", outputs within %.1e",
                            peer.deviation())));
        }
        return lines;
    }

    static String limits(Limits limits) {
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT,
                "  %2d %-7s reading %s GB/s, layer by layer %s", limits.threads(),
                limits.threads() == 1 ? "thread" : "threads", billions(limits.read()),
                billions(limits.stepRead())));
        text.append("; multiply-adds");
        for (Limits.Fma fma : limits.fma()) {
            text.append(String.format(Locale.ROOT, " %s GFLOP/s at %d bits", billions(fma.rate()), fma.bits()));
            text.append(fma == limits.fma().getLast() ? "" : ",");
        }
        return text.toString();
    }

    private static String billions(Rate rate) {
        return String.format(Locale.ROOT, "%.1f (best %.1f)", rate.median() / 1e9, rate.best() / 1e9);
    }

    static String percent(double share) {
        return Math.round(100 * share) + "%";
    }

    static String binding(Binding binding) {
        return switch (binding) {
            case READING -> "reading";
            case ARITHMETIC -> "arithmetic";
            case NOTHING -> "";
        };
    }

    private static String rate(double value) {
        return value == 0 ? "" : String.format(Locale.ROOT, "%.1f", value);
    }

    /// Three or four digits that matter.
    static String number(double value) {
        int digits = value < 1 ? 3 : value < 100 ? 2 : value < 1000 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
