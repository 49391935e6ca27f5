package sinew.engine.diffusion;

import sinew.engine.policy.SchedulerSpec;

/// Follows the velocity that the network says from noise at time 0 to a sample at time 1, in equal steps: Euler's
/// method with one call of the network in each, or the classical Runge-Kutta method with four. Source: LeRobot's
/// FlowMatchingObjective.
final class FlowMatching implements NoiseScheduler {
    private static final int CALLS = 4;

    private final boolean rungeKutta;
    private final float[] grid; // [intervals + 1]

    FlowMatching(SchedulerSpec spec) {
        rungeKutta = spec.kind() == SchedulerSpec.Kind.RK4;
        int intervals = spec.numInferenceSteps();
        grid = new float[intervals + 1];
        float step = 1f / intervals;
        for (int i = 0; i <= intervals; i++) {
            // From both ends towards the middle, as PyTorch's linspace.
            grid[i] = i < (intervals + 1) / 2 ? step * i : 1 - step * (intervals - i);
        }
    }

    private float length(int interval) {
        return grid[interval + 1] - grid[interval];
    }

    @Override
    public float[] times() {
        float[] times = new float[steps()];
        for (int i = 0; i < times.length; i++) {
            times[i] = time(i);
        }
        return times;
    }

    private float time(int index) {
        if (!rungeKutta) {
            return grid[index];
        }
        int interval = index / CALLS;
        return switch (index % CALLS) {
            case 0 -> grid[interval];
            case 1, 2 -> grid[interval] + length(interval) / 2;
            default -> grid[interval + 1];
        };
    }

    @Override
    public int steps() {
        return (grid.length - 1) * (rungeKutta ? CALLS : 1);
    }

    @Override
    public boolean drawsNoise(int index) {
        return false;
    }

    @Override
    public float signal(int index) {
        return time(index);
    }

    @Override
    public float noise(int index) {
        return 1 - time(index);
    }

    /// Where the interval began, and the weighted sum of velocities.
    @Override
    public int room() {
        return rungeKutta ? 2 : 0;
    }

    @Override
    public void step(int index, float[] output, float[] sample, float[] fresh, float[] memory, int count) {
        if (!rungeKutta) {
            float length = length(index);
            for (int i = 0; i < count; i++) {
                sample[i] += length * output[i];
            }
            return;
        }
        float length = length(index / CALLS);
        int call = index % CALLS;
        if (call == 0) {
            System.arraycopy(sample, 0, memory, 0, count);
        }
        for (int i = 0; i < count; i++) {
            float start = memory[i];
            float velocity = output[i];
            float sum = switch (call) {
                case 0 -> velocity;
                case 1, 2 -> memory[count + i] + 2 * velocity;
                default -> memory[count + i] + velocity;
            };
            memory[count + i] = sum;
            sample[i] = start + switch (call) {
                case 0, 1 -> length / 2 * velocity;
                case 2 -> length * velocity;
                default -> length / 6 * sum;
            };
        }
    }
}
