package sinew.runtime.compare;

import java.io.IOException;
import java.util.Locale;

/// A new weights file deviates from F32 by more than its user allowed.
public final class DeviationException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient TypeReport report;

    DeviationException(TypeReport report, TypeReport.Figure figure, double found, double allowed) {
        super(String.format(Locale.ROOT, "the deviation from f32 is %.4g in robot units (%s of the worst joint),"
                + " allowed are %.4g. Nothing was written: keep f32, take a larger type, or allow more",
                found, figure.words(), allowed));
        this.report = report;
    }

    /// What was measured.
    public TypeReport report() {
        return report;
    }
}
