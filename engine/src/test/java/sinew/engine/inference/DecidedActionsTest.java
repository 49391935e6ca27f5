package sinew.engine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sinew.engine.features.Normalizer;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.ObservationException;

class DecidedActionsTest {
    private static final float FREE = Float.NaN;

    /// Two joints, a horizon of 6, executed from row 2 on; joint 0 is normalised by (x - 10) / 2, joint 1 by x / 4 + 1.
    private final DiffusionSpec spec = new DiffusionSpec(
            List.of(new Feature("observation.state", FeatureType.STATE, List.of(2))),
            new Feature("action", FeatureType.ACTION, List.of(2)), 3, 6, 4, Map.of(), null, null, null);
    private final DecidedActions decided = new DecidedActions(
            spec, new Normalizer(new float[] {10, 0}, new float[] {2, 4}, new float[] {0, 1}));
    private final Known known = new Known(12);

    @Test
    void rowsStandWhereTheirStepsAreAndTheNewestOfThePastBeforeThem() {
        float[][] past = {{99, 99}, {12, 0}, {14, 4}};
        float[][] next = {{16, 8}, {18, 12}};
        decided.give(new ActionPrefix(past, next), known);
        assertArrayEquals(new float[] {1, 1, 2, 2, 3, 3, 4, 4, FREE, FREE, FREE, FREE}, imposed(1, 0));
    }

    @Test
    void theyCarryTheNoiseOfTheStep() {
        decided.give(new ActionPrefix(new float[0][], new float[][] {{16, 8}}), known);
        float[] start = new float[12];
        for (int i = 0; i < start.length; i++) {
            start[i] = i;
        }
        known.begin(start);
        float[] sample = imposed(0.5f, 0.25f);
        assertArrayEquals(new float[] {0.5f * 3 + 0.25f * 4, 0.5f * 3 + 0.25f * 5}, Arrays.copyOfRange(sample, 4, 6));
        assertTrue(Float.isNaN(sample[3]) && Float.isNaN(sample[6]), Arrays.toString(sample));
    }

    @Test
    void theNextPredictionIsFreeOfThem() {
        decided.give(new ActionPrefix(new float[0][], new float[][] {{16, 8}}), known);
        decided.give(ActionPrefix.NONE, known);
        assertTrue(known.isEmpty());
    }

    @Test
    void whatDoesNotFitIsSaid() {
        wrong("action_prefix has 5 actions; of this policy's predictions at most 4", new float[5][2]);
        wrong("action_prefix has actions of 3 values, this policy's have 2", new float[1][3]);
        wrong("action_prefix holds NaN", new float[][] {{1, Float.NaN}});
    }

    private void wrong(String expected, float[][] next) {
        ObservationException e = assertThrows(ObservationException.class,
                () -> decided.give(new ActionPrefix(new float[0][], next), known));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    private float[] imposed(float signal, float deviation) {
        float[] sample = new float[12];
        Arrays.fill(sample, FREE);
        known.impose(sample, signal, deviation);
        return sample;
    }
}
