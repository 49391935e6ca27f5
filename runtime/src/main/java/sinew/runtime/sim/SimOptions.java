package sinew.runtime.sim;

/// How a simulated environment is set up.
///
/// @param task     what to do
/// @param seed     of the first episode; the next episode takes the next seed, so an episode can be repeated alone
/// @param maxSteps control steps after which an episode ends, at least 1
/// @param vary     whether light, colours, camera pose and noise change from episode to episode
/// @param paced    whether [SimEnv#step] waits for 1/30 s of wall-clock time, as a real arm would
/// @param images   whether the cameras are drawn; without them observations hold states only
public record SimOptions(SimTask task, long seed, int maxSteps, boolean vary, boolean paced, boolean images) {
    public SimOptions {
        if (maxSteps < 1) {
            throw new IllegalArgumentException("max-steps must be at least 1, got " + maxSteps);
        }
    }

    /// The task as it is, at full speed.
    public static SimOptions of(SimTask task, long seed) {
        return new SimOptions(task, seed, task.maxSteps(), false, false, true);
    }

    public SimOptions withMaxSteps(int steps) {
        return new SimOptions(task, seed, steps, vary, paced, images);
    }

    public SimOptions withVariation() {
        return new SimOptions(task, seed, maxSteps, true, paced, images);
    }

    public SimOptions withPacing() {
        return new SimOptions(task, seed, maxSteps, vary, true, images);
    }

    public SimOptions withoutImages() {
        return new SimOptions(task, seed, maxSteps, vary, paced, false);
    }
}
