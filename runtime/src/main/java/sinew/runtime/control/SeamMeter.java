package sinew.runtime.control;

import java.util.ArrayList;
import java.util.List;

/// Measures how the goals jump where two chunks meet, and between. A seam is as long as its rule spreads it, and counts
/// with its worst step. Used by the control thread alone.
final class SeamMeter {
    private final SeamRule rule;
    private final List<Seam> seams = new ArrayList<>();
    private float[] last; // [A]
    private float[] beforeLast; // [A]
    private boolean open;
    private int openStep;
    private float openPosition;
    private float openVelocity;
    private double sumPosition;
    private double sumVelocity;
    private float worstPosition;
    private float worstVelocity;
    private double elsewherePosition;
    private double elsewhereVelocity;
    private long elsewhere;

    SeamMeter(SeamRule rule) {
        this.rule = rule;
    }

    /// One more action.
    ///
    /// @param step   its number in the episode, from 1
    /// @param action [A]; kept, not changed
    /// @param begins whether a new chunk takes over with it
    /// @param inSeam whether it lies where two chunks meet
    /// @param stood  whether no action came for a step or more before it
    void add(int step, float[] action, boolean begins, boolean inSeam, boolean stood) {
        float position = last == null ? 0 : largest(action, last);
        float velocity = last == null ? 0 : velocity(action, stood);
        boolean known = beforeLast != null;
        beforeLast = last;
        last = action;
        if (!inSeam || begins) {
            close();
        }
        if (inSeam && known) {
            openStep = open ? openStep : step;
            openPosition = open ? Math.max(openPosition, position) : position;
            openVelocity = open ? Math.max(openVelocity, velocity) : velocity;
            open = true;
        } else if (known) {
            elsewherePosition += position;
            elsewhereVelocity += velocity;
            elsewhere++;
        }
    }

    private float velocity(float[] action, boolean stood) {
        if (beforeLast == null) {
            return 0;
        }
        float most = 0;
        for (int i = 0; i < action.length; i++) {
            float now = action[i] - last[i];
            float then = last[i] - beforeLast[i];
            float change = stood ? Math.max(Math.abs(now), Math.abs(then)) : Math.abs(now - then);
            most = Math.max(most, change);
        }
        return most;
    }

    private static float largest(float[] a, float[] b) {
        float most = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs(a[i] - b[i]));
        }
        return most;
    }

    private void close() {
        if (!open) {
            return;
        }
        open = false;
        seams.add(new Seam(openStep, openPosition, openVelocity));
        sumPosition += openPosition;
        sumVelocity += openVelocity;
        worstPosition = Math.max(worstPosition, openPosition);
        worstVelocity = Math.max(worstVelocity, openVelocity);
    }

    /// @param over the episode has ended: the list of all seams is wanted
    SeamSummary summary(boolean over) {
        if (over) {
            close();
        }
        int n = seams.size();
        boolean none = n == 0;
        return new SeamSummary(
                rule, n, none ? null : seams.getLast(),
                none ? Double.NaN : sumPosition / n, none ? Double.NaN : worstPosition,
                none ? Double.NaN : sumVelocity / n, none ? Double.NaN : worstVelocity,
                elsewhere == 0 ? Double.NaN : elsewherePosition / elsewhere,
                elsewhere == 0 ? Double.NaN : elsewhereVelocity / elsewhere,
                over ? List.copyOf(seams) : List.of());
    }
}
