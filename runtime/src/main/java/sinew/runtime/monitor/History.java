package sinew.runtime.monitor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sinew.runtime.control.Phase;
import sinew.runtime.control.StepRecord;

/// The last points of every plot, so that a page that joins late starts with full curves. Not thread-safe.
///
/// What is shown between episodes is left out: a robot that waits for its operator would push the last
/// episode out of sight.
final class History {
    static final int CAPACITY = 300;

    private final ArrayDeque<Point> points = new ArrayDeque<>(CAPACITY);

    /// One column of the plots.
    ///
    /// @param seq    the step's number in the run, see [Snapshot#seq]
    /// @param states joint positions of all arms one after the other, [S]
    /// @param action what was applied, [A], or null
    /// @param truth  what the demonstration did, [A], or null
    record Point(
            long seq,
            int episode,
            int step,
            float[] states,
            float[] action,
            float[] truth,
            StepRecord.Timing timing) {}

    void add(long seq, StepRecord record) {
        if (record.phase() == Phase.WAITING_RESET) {
            return;
        }
        if (points.size() == CAPACITY) {
            points.removeFirst();
        }
        points.addLast(new Point(
                seq,
                record.episode(),
                record.step(),
                joined(record.observation().states()),
                copy(record.applied()),
                copy(record.groundTruth()),
                record.timing()));
    }

    /// The points from `after` (exclusive) to `upTo` (inclusive), oldest first.
    List<Point> between(long after, long upTo) {
        List<Point> found = new ArrayList<>();
        for (Point point : points) {
            if (point.seq() > after && point.seq() <= upTo) {
                found.add(point);
            }
        }
        return found;
    }

    private static float[] joined(Map<String, float[]> states) {
        int length = 0;
        for (float[] arm : states.values()) {
            length += arm.length;
        }
        float[] joined = new float[length];
        int at = 0;
        for (float[] arm : states.values()) {
            System.arraycopy(arm, 0, joined, at, arm.length);
            at += arm.length;
        }
        return joined;
    }

    private static float[] copy(float[] vector) {
        return vector == null ? null : vector.clone();
    }
}
