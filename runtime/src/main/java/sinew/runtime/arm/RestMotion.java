package sinew.runtime.arm;

/// The way from anywhere to the folded pose in which an arm can be let go: all joints arrive together, and none is
/// faster than told. The gripper stays as it is, so that nothing is dropped on the way.
final class RestMotion {
    /// Folded back, the hand just above the table ahead of the base: where the demonstrations of this arm begin.
    /// In range units, so that it does not depend on what units the arm is used in.
    private static final double[] POSE = {0, -92, 92, 70, 0, Double.NaN};

    private final double[] from = new double[So101.COUNT];
    private final double[] to = new double[So101.COUNT];
    private final double seconds;

    /// @param scales of the joints in range units
    /// @param start  steps, [6]
    /// @param speed  steps/s
    RestMotion(JointScale[] scales, int[] start, double speed) {
        double farthest = 0;
        for (int i = 0; i < So101.COUNT; i++) {
            from[i] = Math.clamp(start[i], scales[i].min(), scales[i].max());
            to[i] = Double.isNaN(POSE[i]) ? from[i] : scales[i].toSteps(POSE[i]);
            farthest = Math.max(farthest, Math.abs(to[i] - from[i]));
        }
        // The smooth curve below is half as fast again in its middle as on average.
        seconds = 1.5 * farthest / speed;
    }

    /// Where the joints must be `time` seconds after the start; true at the end of the way.
    boolean at(double time, int[] goals) {
        double x = seconds == 0 ? 1 : Math.clamp(time / seconds, 0, 1);
        double part = x * x * (3 - 2 * x);
        for (int i = 0; i < So101.COUNT; i++) {
            goals[i] = (int) (from[i] + part * (to[i] - from[i]));
        }
        return x == 1;
    }
}
