package sinew.engine.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.weights.Metadata;

class ChunkComparisonTest {
    private static final int STEPS = 4;
    private static final int DIM = 2;

    @Test
    void spreadsAreRanksOfTheDifferences() {
        double[] differences = new double[200];
        for (int i = 0; i < 200; i++) {
            differences[i] = 200 - i; // 200 down to 1
        }
        assertEquals(new ChunkDeviation.Spread(100, 198, 200), ChunkDeviation.Spread.of(differences));
        assertEquals(new ChunkDeviation.Spread(2, 3, 3), ChunkDeviation.Spread.of(new double[] {3, 1, 2}));
        assertEquals(new ChunkDeviation.Spread(1, 1, 1), ChunkDeviation.Spread.of(new double[] {1}));
    }

    @Test
    void everyJointIsComparedByItself() throws IOException {
        List<Integer> heard = new ArrayList<>();
        ChunkComparison comparison = new ChunkComparison(moments(3), 2);
        ChunkDeviation deviation = comparison.run(
                new Contender(new Fake(0, 0), SamplingOptions.FROM_CHECKPOINT),
                new Contender(new Fake(0.5f, -2), SamplingOptions.FROM_CHECKPOINT), heard::add);
        assertEquals(List.of(1, 2, 3, 4, 5, 6), heard);
        assertEquals(6, deviation.predictions());
        assertEquals(6 * STEPS, deviation.values());
        assertEquals(0.5, deviation.joints().get(0).max(), 1e-6);
        assertEquals(2, deviation.joints().get(1).median(), 1e-6);
        assertEquals(2, deviation.worst().p99(), 1e-6);
    }

    @Test
    void bothGetTheSameNoiseAndAnotherOneEveryTime() throws IOException {
        Fake first = new Fake(0, 0);
        Fake second = new Fake(0, 0);
        ChunkDeviation deviation = new ChunkComparison(moments(2), 2).run(
                new Contender(first, SamplingOptions.FROM_CHECKPOINT),
                new Contender(second, SamplingOptions.FROM_CHECKPOINT), done -> {});
        assertEquals(0, deviation.worst().max());
        assertEquals(first.noises, second.noises);
        assertEquals(4, first.noises.stream().distinct().count());
        assertEquals(List.of("reset", "observe", "predict"), first.calls.subList(0, 3), "history, then a prediction");
    }

    @Test
    void severalAreJudgedTogetherBesideTheSpreadOfTheFirst() throws IOException {
        Fake first = new Fake(0, 0);
        Contender judged = new Contender(first, SamplingOptions.FROM_CHECKPOINT);
        ChunkComparison.Outcome outcome = new ChunkComparison(moments(2), 3).run(
                judged,
                List.of(new Contender(new Fake(1, 0), SamplingOptions.FROM_CHECKPOINT),
                        new Contender(new Fake(0, 2), SamplingOptions.FROM_CHECKPOINT)),
                done -> {});
        assertEquals(1, outcome.deviations().get(0).joints().get(0).max(), 1e-6);
        assertEquals(0, outcome.deviations().get(0).joints().get(1).max());
        assertEquals(2, outcome.deviations().get(1).worst().median(), 1e-6);
        // Two pairs from each observation: never from the last of one to the first of the next.
        assertEquals(4, outcome.spread().predictions());
        List<Float> n = first.noises;
        double largest = 0;
        for (int k : new int[] {1, 2, 4, 5}) {
            largest = Math.max(largest, Math.abs(n.get(k) - n.get(k - 1)));
        }
        assertTrue(outcome.spread().joints().getFirst().max() >= largest - 1e-6);
        assertTrue(judged.medianMillis() > 0);
    }

    @Test
    void whatIsNotANumberIsInfinitelyFar() throws IOException {
        ChunkDeviation deviation = new ChunkComparison(moments(1), 1).run(
                new Contender(new Fake(0, 0), SamplingOptions.FROM_CHECKPOINT),
                new Contender(new Fake(Float.NaN, 0), SamplingOptions.FROM_CHECKPOINT), done -> {});
        assertEquals(Double.POSITIVE_INFINITY, deviation.joints().getFirst().median());
    }

    @Test
    void nothingCannotBeCompared() {
        assertThrows(IllegalArgumentException.class, () -> new ChunkComparison(moments(0), 1));
        assertThrows(IllegalArgumentException.class, () -> new ChunkComparison(moments(1), 0));
    }

    @Test
    void syntheticObservationsFollowTheStatistics() {
        Feature state = new Feature("observation.state", FeatureType.STATE, List.of(2));
        Feature other = new Feature("observation.environment_state", FeatureType.ENV, List.of(1));
        Feature camera = new Feature("observation.images.front", FeatureType.VISUAL, List.of(3, 20, 30));
        Metadata metadata = new Metadata.Builder()
                .putFloats("sinew.stats.observation.state.min", new float[] {10, -3})
                .putFloats("sinew.stats.observation.state.max", new float[] {20, -3})
                .putFloats("sinew.stats.observation.environment_state.mean", new float[] {1000})
                .putFloats("sinew.stats.observation.environment_state.std", new float[] {1})
                .build(Path.of("some.gguf"));
        SyntheticMoments moments = new SyntheticMoments(spec(List.of(state, camera, other)), metadata, 50);
        double lowest = Double.MAX_VALUE;
        double highest = -Double.MAX_VALUE;
        for (int k = 0; k < 50; k++) {
            Moment moment = moments.at(k);
            assertEquals(2, moment.observations().size());
            for (Observation seen : moment.observations()) {
                float[] values = seen.states().get(state.name());
                lowest = Math.min(lowest, values[0]);
                highest = Math.max(highest, values[0]);
                assertEquals(-3, values[1]);
                assertEquals(1000, seen.states().get(other.name())[0], 6);
            }
            Image picture = moment.observations().getLast().images().get(camera.name());
            assertEquals(20, picture.height());
            assertEquals(30, picture.width());
            assertArrayEquals(picture.rgb(), moments.at(k).observations().getLast().images().get(camera.name()).rgb());
            assertTrue(neighbours(picture) < 40, "smooth: " + neighbours(picture));
        }
        assertTrue(lowest >= 10 && lowest < 11 && highest > 19 && highest <= 20, lowest + ".." + highest);
    }

    /// Mean difference between horizontal neighbours; noise has 85.
    private static double neighbours(Image image) {
        double sum = 0;
        int count = 0;
        for (int i = 3; i < image.rgb().length; i++) {
            if (i % (3 * image.width()) >= 3) {
                sum += Math.abs((image.rgb()[i] & 0xff) - (image.rgb()[i - 3] & 0xff));
                count++;
            }
        }
        return sum / count;
    }

    private static Moments moments(int count) {
        return new Moments() {
            @Override
            public int count() {
                return count;
            }

            @Override
            public Moment at(int index) {
                Observation seen = new Observation(Map.of("observation.state", new float[] {index}), Map.of());
                return new Moment(List.of(seen, seen));
            }
        };
    }

    private static PolicySpec spec(List<Feature> inputs) {
        Feature action = new Feature("action", FeatureType.ACTION, List.of(DIM));
        return new DiffusionSpec(inputs, action, 2, 16, STEPS, Map.of(), null, null, null);
    }

    /// Predicts its noise, and adds something of its own to each joint.
    private static final class Fake implements Policy, PolicySession {
        private final float[] own;
        private final List<Float> noises = new ArrayList<>();
        private final List<String> calls = new ArrayList<>();
        private NoiseSource noise;

        Fake(float... own) {
            this.own = own;
        }

        @Override
        public PolicySpec spec() {
            return ChunkComparisonTest.spec(List.of());
        }

        @Override
        public PolicySession newSession(NoiseSource source, SamplingOptions options) {
            noise = source;
            return this;
        }

        @Override
        public void reset() {
            calls.add("reset");
        }

        @Override
        public void observe(Observation observation) {
            calls.add("observe");
        }

        @Override
        public ActionChunk predict(Observation observation) {
            calls.add("predict");
            float[] values = new float[STEPS * DIM];
            noise.fill(values, values.length);
            noises.add(values[0]);
            for (int i = 0; i < values.length; i++) {
                values[i] += own[i % DIM];
            }
            return new ActionChunk(STEPS, DIM, values, values);
        }

        @Override
        public ActionChunk predict(Observation observation, PredictionTrace trace) {
            return predict(observation);
        }

        @Override
        public void close() {}
    }
}
