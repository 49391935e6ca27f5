package sinew.runtime.monitor;

import java.util.LinkedHashMap;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.control.StepRecord;
import sinew.runtime.env.EnvObservation;

/// The monitor's own copy of the newest step. Picture buffers are reused from step to step, because a frame is
/// large enough to burden the garbage collector thirty times a second.
///
/// Owned by one thread at a time: the control thread fills it, the monitor thread reads it.
final class Snapshot {
    private final Map<String, Image> pictures = new LinkedHashMap<>();
    private StepRecord record;
    private long seq;

    /// Copies the record with all that the environment may overwrite later.
    void fill(long newSeq, StepRecord source) {
        EnvObservation observation = source.observation();
        pictures.keySet().retainAll(observation.images().keySet());
        for (Map.Entry<String, Image> camera : observation.images().entrySet()) {
            pictures.put(camera.getKey(), copy(camera.getValue(), pictures.get(camera.getKey())));
        }
        Map<String, float[]> states = new LinkedHashMap<>();
        observation.states().forEach((arm, joints) -> states.put(arm, joints.clone()));
        seq = newSeq;
        record = new StepRecord(
                source.episode(),
                source.step(),
                source.phase(),
                source.unixSeconds(),
                new EnvObservation(states, pictures, observation.task()),
                copy(source.predicted()),
                copy(source.applied()),
                copy(source.groundTruth()),
                source.chunk(),
                source.timing(),
                source.pace(),
                source.connection(),
                source.tally(),
                source.error(),
                source.ending(),
                source.success());
    }

    StepRecord record() {
        return record;
    }

    /// Numbers the steps that the monitor was shown, from 1.
    long seq() {
        return seq;
    }

    private static Image copy(Image source, Image reusable) {
        if (reusable == null || reusable.height() != source.height() || reusable.width() != source.width()) {
            return new Image(source.height(), source.width(), source.rgb().clone());
        }
        System.arraycopy(source.rgb(), 0, reusable.rgb(), 0, source.rgb().length);
        return reusable;
    }

    private static float[] copy(float[] vector) {
        return vector == null ? null : vector.clone();
    }
}
