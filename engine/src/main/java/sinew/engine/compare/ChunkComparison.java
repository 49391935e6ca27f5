package sinew.engine.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import sinew.engine.policy.ActionChunk;

/// Lets contenders predict from the same observations with the same noise, and measures how far their action chunks
/// are apart. They take turns, so that a busy moment of the machine meets all of them.
public final class ChunkComparison {
    private final Moments moments;
    private final int seeds;

    /// What came out.
    ///
    /// @param deviations of the first contender's chunks from each other one's, in the order of those
    /// @param spread     how far the first contender's own chunks from the same observations are apart, from each noise
    ///                   to the next; null where there was one noise only
    public record Outcome(List<ChunkDeviation> deviations, ChunkDeviation spread) {
        public Outcome {
            deviations = List.copyOf(deviations);
        }
    }

    /// @param moments what to predict from
    /// @param seeds   predictions from each moment; every prediction has noise of its own, that of
    ///                `torch.manual_seed` of its number
    public ChunkComparison(Moments moments, int seeds) {
        if (moments.count() < 1 || seeds < 1) {
            throw new IllegalArgumentException(
                    "a comparison needs observations and seeds, got " + moments.count() + " and " + seeds);
        }
        this.moments = moments;
        this.seeds = seeds;
    }

    /// Predictions of each contender.
    public int predictions() {
        return Math.multiplyExact(moments.count(), seeds);
    }

    /// As that of several.
    public ChunkDeviation run(Contender reference, Contender other, IntConsumer progress) throws IOException {
        return run(reference, List.of(other), progress).deviations().getFirst();
    }

    /// @param progress hears how many predictions of each contender are done
    /// @throws IllegalArgumentException when the contenders' chunks have different shapes
    /// @throws IOException              when a moment cannot be read
    public Outcome run(Contender first, List<Contender> others, IntConsumer progress) throws IOException {
        List<Differences> deviations = others.stream().map(other -> new Differences(first, predictions())).toList();
        Differences spread = seeds == 1 ? null : new Differences(first, moments.count() * (seeds - 1));
        Moment moment = null;
        ActionChunk before = null;
        for (int k = 0; k < predictions(); k++) {
            boolean fresh = k % seeds == 0;
            moment = fresh ? moments.at(k / seeds) : moment;
            ActionChunk chunk = first.predict(moment, k);
            for (int i = 0; i < others.size(); i++) {
                deviations.get(i).add(chunk, others.get(i).predict(moment, k));
            }
            if (!fresh) {
                spread.add(before, chunk);
            }
            before = chunk;
            progress.accept(k + 1);
        }
        return new Outcome(
                deviations.stream().map(Differences::deviation).toList(), spread == null ? null : spread.deviation());
    }

    /// Differences between pairs of chunks, joint by joint.
    private static final class Differences {
        private final int steps;
        private final int dim;
        private final double[][] joints; // [A][pairs * n_action_steps]
        private int pairs;

        Differences(Contender shape, int pairs) {
            steps = shape.policy().spec().nActionSteps();
            dim = shape.policy().spec().action().size();
            joints = new double[dim][pairs * steps];
        }

        void add(ActionChunk expected, ActionChunk actual) {
            if (actual.steps() != steps || actual.dim() != dim) {
                throw new IllegalArgumentException("chunks of [" + steps + ", " + dim + "] and [" + actual.steps()
                        + ", " + actual.dim() + "] cannot be compared");
            }
            for (int i = 0; i < steps * dim; i++) {
                joints[i % dim][pairs * steps + i / dim] = difference(expected.values()[i], actual.values()[i]);
            }
            pairs++;
        }

        ChunkDeviation deviation() {
            List<ChunkDeviation.Spread> spreads = new ArrayList<>();
            for (double[] joint : joints) {
                spreads.add(ChunkDeviation.Spread.of(joint));
            }
            return new ChunkDeviation(spreads, pairs, pairs * steps);
        }

        /// What is not a number is infinitely far from everything, so that no bound lets it pass.
        private static double difference(float expected, float actual) {
            double difference = Math.abs((double) expected - actual);
            return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
        }
    }
}
