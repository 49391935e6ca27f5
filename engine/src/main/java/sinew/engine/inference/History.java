package sinew.engine.inference;

import sinew.engine.policy.Observation;

/// The last n_obs_steps observations of a session, oldest first. The first one after a reset fills all places.
final class History {
    private final PolicyInputs inputs;
    private final Frame[] pool; // [steps]
    private final Frame[] timeline; // [steps], oldest first; several places may hold the same frame
    private boolean empty = true;

    History(PolicyInputs inputs, int steps, int featureSize, int textSize) {
        this.inputs = inputs;
        pool = new Frame[steps];
        timeline = new Frame[steps];
        for (int i = 0; i < steps; i++) {
            pool[i] = new Frame(inputs, featureSize, textSize);
        }
    }

    void reset() {
        empty = true;
    }

    int steps() {
        return timeline.length;
    }

    Frame frame(int step) {
        return timeline[step];
    }

    /// @throws sinew.engine.policy.ObservationException when it does not fit; the history is then as it was
    void push(Observation observation) {
        inputs.check(observation);
        int last = timeline.length - 1;
        if (empty) {
            pool[0].take(inputs, observation);
            for (int i = 0; i <= last; i++) {
                timeline[i] = pool[0];
            }
            empty = false;
            return;
        }
        System.arraycopy(timeline, 1, timeline, 0, last);
        timeline[last] = null;
        Frame fresh = unused();
        fresh.take(inputs, observation);
        timeline[last] = fresh;
    }

    /// One of the pool is always free, for the timeline has just let one place go.
    private Frame unused() {
        for (Frame candidate : pool) {
            boolean used = false;
            for (Frame frame : timeline) {
                used |= frame == candidate;
            }
            if (!used) {
                return candidate;
            }
        }
        throw new AssertionError("no frame is free");
    }
}
