package sinew.runtime.control;

import sinew.runtime.serve.PolicyClientException;

/// The rows of one action chunk, handed out in order. Used by the control thread alone.
final class ActionQueue {
    private final int actionDim;
    private final int limit;
    private float[][] rows = {}; // [steps][A]
    private int length;
    private int next;

    /// @param actionDim values of an action, A
    /// @param limit     rows of each chunk that are played, or 0 for all
    ActionQueue(int actionDim, int limit) {
        this.actionDim = actionDim;
        this.limit = limit;
    }

    /// Replaces what is left with a new chunk.
    ///
    /// @throws PolicyClientException when the chunk is not something that a robot can be told to do
    void load(float[][] chunk) {
        if (chunk.length == 0) {
            throw new PolicyClientException("The server answered with an empty action chunk.", false, null);
        }
        for (int row = 0; row < chunk.length; row++) {
            check(row, chunk[row]);
        }
        rows = chunk;
        length = limit > 0 ? Math.min(limit, chunk.length) : chunk.length;
        next = 0;
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
        return next == length;
    }

    float[] pop() {
        return rows[next++];
    }

    void clear() {
        next = 0;
        length = 0;
    }

    int length() {
        return length;
    }

    int left() {
        return length - next;
    }
}
