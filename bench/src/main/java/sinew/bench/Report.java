package sinew.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import sinew.bench.machine.Limits;

/// Collects figures and prints each as soon as it is there: figures to `out`, everything else to `err`.
final class Report {
    /// Largest deviation of a peer that computes what we compute.
    static final double TOLERANCE = 1e-3;

    private final PrintWriter out;
    private final PrintWriter err;
    private final Limits limits;
    private final List<Figure> figures = new ArrayList<>();
    private final Set<String> skipped = new LinkedHashSet<>();
    private final List<String> failures = new ArrayList<>();

    Report(PrintWriter out, PrintWriter err, Limits limits) {
        this.out = out;
        this.err = err;
        this.limits = limits;
    }

    void progress(String what) {
        err.println("  " + what + " ...");
        err.flush();
    }

    void add(Figure figure) {
        figures.add(figure);
        Text.lines(figure, limits).forEach(out::println);
        out.flush();
    }

    void profile(String id, Profile profile) {
        out.println();
        out.println(id);
        profile.lines(limits).forEach(out::println);
        out.println();
        out.flush();
    }

    /// Something that was not measured; told once.
    void skipped(String what, String why) {
        if (skipped.add(what + ": " + why)) {
            err.println("  without " + what + ": " + why);
            err.flush();
        }
    }

    /// A peer's output against ours.
    void compared(String id, String peer, double deviation, boolean exact) {
        if (exact && !(deviation <= TOLERANCE)) {
            failures.add(String.format(Locale.ROOT, "%s: the output of %s is %.2e away from ours, more than %.0e", id,
                    peer, deviation, TOLERANCE));
            err.println("DIFFERENT OUTPUT: " + failures.getLast());
            err.flush();
        }
    }

    /// Something that was to be measured and broke.
    void failed(String what, Exception e) {
        failures.add(what + ": " + (e.getMessage() == null ? e : e.getMessage()));
        err.println("FAILED: " + failures.getLast());
        err.flush();
    }

    List<Figure> figures() {
        return figures;
    }

    List<String> skipped() {
        return List.copyOf(skipped);
    }

    /// Outputs that differ and what broke; empty when all is well.
    List<String> failures() {
        return failures;
    }
}
