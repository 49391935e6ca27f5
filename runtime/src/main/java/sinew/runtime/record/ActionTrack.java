package sinew.runtime.record;

import java.util.Arrays;

/// What was asked and what a demonstration did, step by step: [steps][A]. Grows in blocks, copies what it is given.
final class ActionTrack {
    private final int dim;
    private float[] predicted;
    private float[] groundTruth;
    private int steps;

    ActionTrack(int dim) {
        this.dim = dim;
        this.predicted = new float[dim * 256];
        this.groundTruth = new float[dim * 256];
    }

    /// @param truth [A], or null: a zero row, which a plot leaves out
    void add(float[] action, float[] truth) {
        int at = steps * dim;
        if (at == predicted.length) {
            predicted = Arrays.copyOf(predicted, at * 2);
            groundTruth = Arrays.copyOf(groundTruth, at * 2);
        }
        System.arraycopy(action, 0, predicted, at, dim);
        if (truth != null) {
            System.arraycopy(truth, 0, groundTruth, at, dim);
        }
        steps++;
    }

    int dim() {
        return dim;
    }

    int steps() {
        return steps;
    }

    float predicted(int step, int joint) {
        return predicted[step * dim + joint];
    }

    float groundTruth(int step, int joint) {
        return groundTruth[step * dim + joint];
    }

    /// Whether any demonstration moved this joint away from zero.
    boolean hasGroundTruth(int joint) {
        for (int step = 0; step < steps; step++) {
            if (groundTruth(step, joint) != 0) {
                return true;
            }
        }
        return false;
    }
}
