package sinew.runtime.cli;

import java.util.Locale;
import sinew.runtime.control.SeamSummary;
import sinew.runtime.control.StepRecord;
import sinew.runtime.env.Ticks;

/// How smoothly an episode went, in words.
final class PaceText {
    private PaceText() {}

    /// @return null where time waited for every action, or nothing was measured
    static String of(StepRecord.Pace pace) {
        if (pace.ticks() == null || pace.ticks().ticks() == 0) {
            return null;
        }
        return ticks(pace.ticks()) + (pace.seams() == null || pace.seams().count() == 0 ? "" : seams(pace.seams()));
    }

    private static String ticks(Ticks t) {
        return String.format(Locale.ROOT, "  ⏱ %d of %d steps late (worst %.1f ms, jitter %.1f ms), %d without an action",
                t.late(), t.ticks(), t.worstMs(), t.jitterMs(), t.idle());
    }

    private static String seams(SeamSummary s) {
        return String.format(Locale.ROOT,
                "; %d seams (%s): position jumps by %.2f, worst %.2f, velocity by %.2f, worst %.2f (elsewhere %.2f and"
                + " %.2f) units per step",
                s.count(), s.rule().id(), s.position(), s.worstPosition(), s.velocity(), s.worstVelocity(),
                s.elsewherePosition(), s.elsewhereVelocity());
    }
}
