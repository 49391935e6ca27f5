package sinew.runtime.control;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import sinew.engine.policy.Image;
import sinew.runtime.env.EnvObservation;

/// Copies of the newest frames, which the policy's thread may still be sending while the environment overwrites its own.
/// Buffers are used again, because frames are large. Used by the control thread alone.
final class FrameMemory {
    /// A copy, and what happens to it.
    static final class Frame {
        private EnvObservation copy;
        private CompletableFuture<?> use; // null before the first
        private boolean shown;

        EnvObservation copy() {
            return copy;
        }

        /// Not to be overwritten before `answer` is there.
        void usedBy(CompletableFuture<?> answer) {
            use = answer;
        }

        /// The policy has this frame in its history, or will have.
        void markShown() {
            shown = true;
        }

        boolean isShown() {
            return shown;
        }

        private boolean isFree() {
            return use == null || use.isDone();
        }
    }

    private final int depth;
    private final ArrayDeque<Frame> newest = new ArrayDeque<>(); // oldest first, at most depth
    private final List<Frame> idle = new ArrayList<>();

    /// @param depth frames that are kept, at least 1
    FrameMemory(int depth) {
        this.depth = depth;
    }

    void add(EnvObservation observation) {
        if (newest.size() == depth) {
            idle.add(newest.removeFirst());
        }
        Frame frame = free();
        frame.copy = copy(observation, frame.copy);
        frame.shown = false;
        newest.addLast(frame);
    }

    Frame last() {
        return newest.getLast();
    }

    /// Those before the last one that the policy has not been shown, oldest first.
    List<Frame> unshown() {
        List<Frame> found = new ArrayList<>(newest);
        found.removeLast();
        found.removeIf(Frame::isShown);
        return found;
    }

    private Frame free() {
        for (int i = 0; i < idle.size(); i++) {
            if (idle.get(i).isFree()) {
                return idle.remove(i);
            }
        }
        return new Frame();
    }

    private static EnvObservation copy(EnvObservation source, EnvObservation reusable) {
        Map<String, float[]> states = new LinkedHashMap<>();
        source.states().forEach((name, values) -> states.put(name, values.clone()));
        Map<String, Image> images = new LinkedHashMap<>();
        source.images().forEach((name, image) ->
                images.put(name, copy(image, reusable == null ? null : reusable.images().get(name))));
        return new EnvObservation(states, images, source.task());
    }

    private static Image copy(Image source, Image reusable) {
        if (reusable == null || reusable.height() != source.height() || reusable.width() != source.width()) {
            return new Image(source.height(), source.width(), source.rgb().clone());
        }
        System.arraycopy(source.rgb(), 0, reusable.rgb(), 0, source.rgb().length);
        return reusable;
    }
}
