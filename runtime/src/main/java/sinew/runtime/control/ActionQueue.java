package sinew.runtime.control;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sinew.runtime.serve.PolicyClientException;

/// What is to be done next, step by step: the rows of the newest action chunk, joined to those of the chunks before it.
/// Used by the control thread alone.
final class ActionQueue {
    /// ACT's weight: nearly the same for old and new.
    private static final double ENSEMBLE_DECAY = 0.01;
    /// No policy looks further back.
    private static final int REMEMBERED = 8;

    /// A chunk and the step that its first row is for.
    private record Chunk(float[][] rows, int length, long from) {}

    private final int actionDim;
    private final int limit;
    private final List<Chunk> recent = new ArrayList<>(); // oldest first; of rules that mix, those that still count
    private float[][] rows = {}; // [steps][A]
    private int next;
    private int length; // of the newest chunk as it came
    private long time; // steps played since the clear
    private final ArrayDeque<float[]> played = new ArrayDeque<>(); // the last few, oldest first
    private int seamLeft; // rows from the next on that lie in a seam
    private boolean begins; // with the next row
    private boolean begun; // with the row that was popped last
    private boolean inSeam;

    /// @param actionDim values of an action, A
    /// @param limit     rows of each chunk that are played, or 0 for all
    ActionQueue(int actionDim, int limit) {
        this.actionDim = actionDim;
        this.limit = limit;
    }

    /// Lets a new chunk take over from what is left.
    ///
    /// @param chunk  [steps][A], kept
    /// @param from   what [#time] was when it was asked for: the step of its first row
    /// @param frozen rows of it that were decided before it was asked for
    /// @throws PolicyClientException when the chunk is not something that a robot can be told to do
    void join(float[][] chunk, long from, int frozen, SeamRule rule) {
        if (chunk.length == 0) {
            throw new PolicyClientException("The server answered with an empty action chunk.", false, null);
        }
        for (int row = 0; row < chunk.length; row++) {
            check(row, chunk[row]);
        }
        int fresh = limit > 0 ? Math.min(limit, chunk.length) : chunk.length;
        int skip = (int) (time - from);
        if (skip >= fresh) {
            return; // all of it is about the past
        }
        int both = Math.min(left(), fresh - skip);
        boolean first = time == 0;
        float[][] joined = Arrays.copyOfRange(chunk, skip, fresh);
        recent.removeIf(old -> old.from + old.length <= time);
        Chunk newest = new Chunk(chunk, fresh, from);
        switch (rule) {
            case CUT -> seamLeft = 1;
            case INPAINT -> seamLeft = Math.max(0, frozen - skip) + 1;
            case BLEND -> {
                for (int i = 0; i < both; i++) {
                    joined[i] = mix(rows[next + i], joined[i], (i + 1f) / (both + 1));
                }
                seamLeft = both + 1;
            }
            case ENSEMBLE -> {
                recent.add(newest);
                for (int i = 0; i < both; i++) {
                    joined[i] = ensemble(time + i);
                }
                seamLeft = both + 1;
            }
        }
        rows = joined;
        next = 0;
        length = fresh;
        begins = !first;
        seamLeft = first ? 0 : seamLeft;
    }

    private static float[] mix(float[] from, float[] to, float share) {
        float[] mixed = new float[from.length];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = from[i] + share * (to[i] - from[i]);
        }
        return mixed;
    }

    private float[] ensemble(long at) {
        double[] sum = new double[actionDim];
        double weights = 0;
        int age = 0;
        for (Chunk chunk : recent) {
            if (at >= chunk.from + chunk.length) {
                continue;
            }
            double weight = Math.exp(-ENSEMBLE_DECAY * age++);
            weights += weight;
            for (int i = 0; i < actionDim; i++) {
                sum[i] += weight * chunk.rows[(int) (at - chunk.from)][i];
            }
        }
        float[] mean = new float[actionDim];
        for (int i = 0; i < actionDim; i++) {
            mean[i] = (float) (sum[i] / weights);
        }
        return mean;
    }

    private void check(int row, float[] action) {
        if (action.length != actionDim) {
            throw new PolicyClientException(
                    "The server's actions have " + action.length + " values, this environment takes " + actionDim
                            + ": server and client run different tasks (see --policy.task there, --env.task here).",
                    false,
                    null);
        }
        for (int i = 0; i < action.length; i++) {
            if (!Float.isFinite(action[i])) {
                throw new PolicyClientException(
                        "The server's action chunk has " + action[i] + " at row " + row + ", joint " + i
                                + "; nothing was sent. Check the policy's weights and statistics.",
                        false,
                        null);
            }
        }
    }

    boolean isEmpty() {
        return next == rows.length;
    }

    float[] pop() {
        inSeam = seamLeft > 0;
        begun = begins;
        begins = false;
        seamLeft -= inSeam ? 1 : 0;
        time++;
        if (played.size() == REMEMBERED) {
            played.removeFirst();
        }
        played.addLast(rows[next]);
        return rows[next++];
    }

    void clear() {
        rows = new float[0][];
        next = 0;
        length = 0;
        time = 0;
        seamLeft = 0;
        begins = false;
        recent.clear();
        played.clear();
    }

    /// Rows of the newest chunk, those that came too late included.
    int length() {
        return length;
    }

    int left() {
        return rows.length - next;
    }

    /// Steps played since the clear.
    long time() {
        return time;
    }

    /// What will be played next: at most `count` rows, [count][A].
    float[][] upcoming(int count) {
        return Arrays.copyOfRange(rows, next, next + Math.min(count, left()));
    }

    /// What was played last: at most `count` rows, oldest first, [count][A].
    float[][] past(int count) {
        return played.stream().skip(Math.max(0, played.size() - count)).toArray(float[][]::new);
    }

    /// Whether a new chunk took over with the row that was popped last.
    boolean begins() {
        return begun;
    }

    /// Whether the row that was popped last lies where two chunks meet.
    boolean inSeam() {
        return inSeam;
    }
}
