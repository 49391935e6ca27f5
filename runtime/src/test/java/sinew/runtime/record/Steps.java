package sinew.runtime.record;

import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.control.Connection;
import sinew.runtime.control.Ending;
import sinew.runtime.control.Phase;
import sinew.runtime.control.StepRecord;
import sinew.runtime.control.Tally;
import sinew.runtime.env.EnvObservation;

/// Step records by hand.
final class Steps {
    static final int HEIGHT = 48;
    static final int WIDTH = 64;

    private Steps() {}

    static StepRecord reset(int episode) {
        return record(episode, 0, Phase.RESET, image(HEIGHT, WIDTH, 0), null, null);
    }

    static StepRecord step(int episode, int step) {
        return record(episode, step, Phase.STEP, image(HEIGHT, WIDTH, step), null, null);
    }

    static StepRecord last(int episode, int step, Boolean success) {
        return record(episode, step, Phase.STEP, image(HEIGHT, WIDTH, step), Ending.COMPLETED, success);
    }

    static StepRecord stopped(int episode, int step, Boolean success) {
        return record(episode, step, Phase.STOPPED, image(HEIGHT, WIDTH, step), Ending.STOPPED, success);
    }

    static StepRecord interrupted(int episode, int step) {
        return record(episode, step, Phase.STEP, image(HEIGHT, WIDTH, step), Ending.INTERRUPTED, null);
    }

    static StepRecord record(int episode, int step, Phase phase, Image image, Ending ending, Boolean success) {
        boolean acted = phase == Phase.STEP && ending != Ending.INTERRUPTED;
        float[] action = acted ? new float[] {step, (float) Math.sin(step)} : null;
        return new StepRecord(
                episode,
                step,
                phase,
                0,
                new EnvObservation(Map.of("arm", new float[6]), Map.of("front", image), null),
                action,
                action,
                acted ? new float[] {0, (float) Math.cos(step)} : null,
                StepRecord.Chunk.NONE,
                StepRecord.Timing.UNKNOWN,
                StepRecord.Pace.UNKNOWN,
                Connection.CONNECTED,
                Tally.NONE,
                ending == Ending.INTERRUPTED ? "the \"line\" is dead" : null,
                ending,
                success);
    }

    /// A grey ramp with a white bar that moves with `at`.
    static Image image(int height, int width, int at) {
        byte[] rgb = new byte[height * width * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                boolean bar = x / 8 == at % (width / 8);
                int i = (y * width + x) * 3;
                rgb[i] = (byte) (bar ? 255 : 2 * x);
                rgb[i + 1] = (byte) (bar ? 255 : 2 * y);
                rgb[i + 2] = (byte) (bar ? 255 : 40);
            }
        }
        return new Image(height, width, rgb);
    }
}
