package sinew.runtime.monitor;

import java.util.LinkedHashMap;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.control.Connection;
import sinew.runtime.control.Ending;
import sinew.runtime.control.Phase;
import sinew.runtime.control.StepRecord;
import sinew.runtime.control.Tally;
import sinew.runtime.env.EnvObservation;

/// Step records as a control loop would make them, each different from the one before.
public final class Steps {
    static final int CHUNK = 8;

    private Steps() {}

    public static StepRecord reset(int episode, Tally tally) {
        return record(episode, 0, Phase.RESET, tally, null, null);
    }

    public static StepRecord step(int episode, int step, Tally tally) {
        return record(episode, step, Phase.STEP, tally, null, null);
    }

    public static StepRecord last(int episode, int step, Phase phase, Tally tally, Ending ending, Boolean success) {
        return record(episode, step, phase, tally, ending, success);
    }

    public static StepRecord waiting(int episode, int step, Tally tally) {
        return record(episode, step, Phase.WAITING_RESET, tally, null, null);
    }

    private static StepRecord record(
            int episode, int step, Phase phase, Tally tally, Ending ending, Boolean success) {
        boolean moving = phase == Phase.STEP;
        Map<String, Image> images = new LinkedHashMap<>();
        images.put("front", picture(240, 320, step));
        images.put("wrist", picture(120, 160, 3 * step));
        return new StepRecord(
                episode,
                step,
                phase,
                1_700_000_000.25 + step / 30.0,
                new EnvObservation(Map.of("arm", curve(step, 0)), images, "lift the cube"),
                moving ? curve(step, 0.3) : null,
                moving ? curve(step, 0.2) : null,
                moving ? curve(step, -0.3) : null,
                moving ? new StepRecord.Chunk((step - 1) / CHUNK, CHUNK, CHUNK - 1 - (step - 1) % CHUNK)
                        : StepRecord.Chunk.NONE,
                moving ? new StepRecord.Timing(21.5 + step % 7, step <= CHUNK ? Double.NaN : 23, 26 + step % 5, 29.9)
                        : StepRecord.Timing.UNKNOWN,
                StepRecord.Pace.UNKNOWN,
                Connection.CONNECTED,
                tally,
                null,
                ending,
                success);
    }

    private static float[] curve(int step, double shift) {
        float[] joints = new float[6];
        for (int i = 0; i < joints.length; i++) {
            joints[i] = (float) (40 * Math.sin(step / (9.0 + 3 * i) + shift + i));
        }
        return joints;
    }

    /// A colour ramp with a bright square that wanders to the right.
    static Image picture(int height, int width, int step) {
        byte[] rgb = new byte[height * width * 3];
        int side = height / 4;
        int left = Math.floorMod(step * 4, width - side);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                boolean square = x >= left && x < left + side && y >= side && y < 2 * side;
                int at = 3 * (y * width + x);
                rgb[at] = (byte) (square ? 240 : 40 + 80 * x / width);
                rgb[at + 1] = (byte) (square ? 200 : 60 + 60 * y / height);
                rgb[at + 2] = (byte) (square ? 40 : 110);
            }
        }
        return new Image(height, width, rgb);
    }
}
