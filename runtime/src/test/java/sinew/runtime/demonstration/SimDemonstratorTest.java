package sinew.runtime.demonstration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.Image;
import sinew.runtime.dataset.DemonstrationSink;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.eval.EpisodePolicy;
import sinew.runtime.serve.Inference;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

class SimDemonstratorTest {
    private static final SimOptions LIFT = SimOptions.of(SimTask.LIFT, 0).withoutImages();

    @Test
    void withoutAPolicyTheExpertShowsTheEpisodeFromItsStart() throws IOException {
        Frames frames = new Frames();
        try (SimDemonstrator demonstrator = new SimDemonstrator(LIFT, 0, null)) {
            float[] start = demonstrator.first(3).states().get("arm");
            assertEquals(demonstrator.demonstrate(3, frames), frames.states.size());
            assertArrayEquals(start, frames.states.get(0));
        }
        assertEquals(List.of(SimTask.LIFT.prompt()), frames.episodes);
    }

    @Test
    void afterAPolicyItShowsOnlyWhatCameThen() throws IOException {
        Frames once = new Frames(), again = new Frames();
        Sideways policy = new Sideways();
        try (SimDemonstrator demonstrator = new SimDemonstrator(LIFT, 0.8, policy)) {
            float[] start = demonstrator.first(3).states().get("arm");
            int frames = demonstrator.demonstrate(3, once);
            assertTrue(frames > 25, frames + " frames");
            assertEquals(frames, once.states.size());
            assertTrue(policy.predictions > 0);
            float moved = Math.abs(once.states.get(0)[0] - start[0]);
            assertTrue(moved > 5, "the policy's part is missing: the shoulder is " + moved + " from where it began");
            demonstrator.demonstrate(3, again);
        }
        for (int i = 0; i < once.states.size(); i++) {
            assertArrayEquals(once.states.get(i), again.states.get(i));
            assertArrayEquals(once.actions.get(i), again.actions.get(i));
        }
    }

    /// Turns the arm away from everything, in chunks of 8.
    private static final class Sideways implements EpisodePolicy {
        private int predictions;

        @Override
        public void begin(long seed) {}

        @Override
        public Inference infer(EnvObservation observation) {
            predictions++;
            float[][] chunk = new float[8][];
            for (int i = 0; i < chunk.length; i++) {
                chunk[i] = observation.states().get("arm").clone();
                chunk[i][0] += 2 * (i + 1);
            }
            return new Inference(chunk, 0, 0, 0);
        }

        @Override
        public void observe(EnvObservation observation) {}

        @Override
        public void close() {}
    }

    private static final class Frames implements DemonstrationSink {
        private final List<float[]> states = new ArrayList<>();
        private final List<float[]> actions = new ArrayList<>();
        private final List<String> episodes = new ArrayList<>();

        @Override
        public void frame(float[] state, float[] action, Map<String, Image> images, float[] truth) {
            states.add(state);
            actions.add(action);
        }

        @Override
        public void endEpisode(String task) {
            episodes.add(task);
        }

        @Override
        public void close() {}
    }
}
