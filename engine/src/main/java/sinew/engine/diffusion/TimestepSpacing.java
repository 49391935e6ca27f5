package sinew.engine.diffusion;

import java.util.Arrays;

/// How the steps of a prediction are spread over the training steps, in diffusers' words. LeRobot uses `LEADING`.
public enum TimestepSpacing {
    LEADING,
    LINSPACE,
    TRAILING;

    /// The training steps that a prediction visits, in call order (descending): [steps].
    int[] timesteps(int trainSteps, int steps) {
        return switch (this) {
            case LEADING -> leading(trainSteps, steps);
            case LINSPACE -> linspace(trainSteps, steps);
            case TRAILING -> trailing(trainSteps, steps);
        };
    }

    /// As diffusers' solvers of the differential equation want them: the way to the end, which is not visited, is a
    /// step like the others. Leading and linspace therefore divide it into one part more: [steps], fewer than trainSteps.
    int[] timestepsBeforeZero(int trainSteps, int steps) {
        if (this == TRAILING) {
            return trailing(trainSteps, steps);
        }
        int[] withLast = timesteps(trainSteps, steps + 1);
        return Arrays.copyOf(withLast, steps);
    }

    private static int[] leading(int trainSteps, int steps) {
        int ratio = trainSteps / steps;
        int[] out = new int[steps];
        for (int i = 0; i < steps; i++) {
            out[i] = (steps - 1 - i) * ratio;
        }
        return out;
    }

    private static int[] linspace(int trainSteps, int steps) {
        int[] out = new int[steps];
        double gap = steps > 1 ? (trainSteps - 1) / (double) (steps - 1) : 0;
        for (int i = 0; i < steps; i++) {
            out[steps - 1 - i] = (int) Math.rint(i * gap);
        }
        return out;
    }

    private static int[] trailing(int trainSteps, int steps) {
        double ratio = trainSteps / (double) steps;
        int[] out = new int[steps];
        for (int i = 0; i < steps; i++) {
            out[i] = (int) Math.rint(trainSteps - i * ratio) - 1;
        }
        return out;
    }
}
