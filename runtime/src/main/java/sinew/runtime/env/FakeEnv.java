package sinew.runtime.env;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import sinew.engine.policy.Image;

/// A world of noise, for trying out everything but the robot: states are standard normal, pictures are
/// uniformly random 480x640 RGB, every episode ends after the same number of steps and counts as a success.
/// Actions have no effect. There is no task text, as in the random environment of the Python client.
///
/// Buffers are filled anew by every reset and step; nothing is allocated but the small [EnvStep].
public final class FakeEnv implements Env {
    public static final int HEIGHT = 480;
    public static final int WIDTH = 640;

    private final int episodeLength;
    private final Pacer pacer;
    private final SplittableRandom random;
    private final float[][] states; // [arms][6]
    private final byte[][] pixels; // [cameras][480 * 640 * 3]
    private final float[] groundTruth; // [A]
    private final EnvObservation observation;
    private int step;

    /// @param episodeLength steps of an episode, at least 1
    /// @param fps           control rate; 0 for as fast as it goes
    /// @param seed          equal seeds give equal episodes
    public FakeEnv(EnvTask task, int episodeLength, double fps, long seed) {
        if (episodeLength < 1) {
            throw new IllegalArgumentException("an episode has at least 1 step, got " + episodeLength);
        }
        if (!(fps >= 0)) {
            throw new IllegalArgumentException("frames per second must be 0 (unpaced) or more, got " + fps);
        }
        this.episodeLength = episodeLength;
        this.pacer = new Pacer(fps);
        this.random = new SplittableRandom(seed);
        this.states = new float[task.arms().size()][EnvTask.ARM_JOINTS];
        this.pixels = new byte[task.cameras().size()][HEIGHT * WIDTH * 3];
        this.groundTruth = new float[task.actionDim()];
        Map<String, float[]> stateByArm = new LinkedHashMap<>();
        for (int i = 0; i < states.length; i++) {
            stateByArm.put(task.arms().get(i), states[i]);
        }
        Map<String, Image> imageByCamera = new LinkedHashMap<>();
        for (int i = 0; i < pixels.length; i++) {
            imageByCamera.put(task.cameras().get(i), new Image(HEIGHT, WIDTH, pixels[i]));
        }
        this.observation = new EnvObservation(stateByArm, imageByCamera, null);
    }

    @Override
    public EnvObservation reset() {
        step = 0;
        pacer.restart();
        return observe();
    }

    @Override
    public EnvStep step(float[] action) {
        if (action.length != groundTruth.length) {
            throw new IllegalArgumentException(
                    "this environment takes actions of " + groundTruth.length + " values, got " + action.length);
        }
        if (step >= episodeLength) {
            throw new IllegalStateException("the episode is over: reset before the next step");
        }
        pacer.begin();
        step++;
        observe();
        fillNormal(groundTruth);
        boolean done = step == episodeLength;
        pacer.await();
        return new EnvStep(observation, action, groundTruth, done, done ? Boolean.TRUE : null);
    }

    @Override
    public EnvObservation observe() {
        for (float[] state : states) {
            fillNormal(state);
        }
        for (byte[] picture : pixels) {
            random.nextBytes(picture);
        }
        return observation;
    }

    @Override
    public long periodNanos() {
        return pacer.periodNanos();
    }

    @Override
    public Ticks ticks() {
        return pacer.ticks();
    }

    @Override
    public void close() {}

    private void fillNormal(float[] out) {
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) random.nextGaussian();
        }
    }
}
