package sinew.engine.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import sinew.engine.policy.ActionChunk;

/// Lets two contenders predict from the same observations with the same noise, and measures how far their action
/// chunks are apart.
public final class ChunkComparison {
    private final Moments moments;
    private final int seeds;

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

    /// @param progress hears how many predictions of each contender are done
    /// @throws IllegalArgumentException when the contenders' chunks have different shapes
    /// @throws IOException              when a moment cannot be read
    public ChunkDeviation run(Contender reference, Contender other, IntConsumer progress) throws IOException {
        int steps = reference.policy().spec().nActionSteps();
        int dim = reference.policy().spec().action().size();
        double[][] differences = new double[dim][predictions() * steps]; // [A][predictions * n_action_steps]
        Moment moment = null;
        for (int k = 0; k < predictions(); k++) {
            moment = k % seeds == 0 ? moments.at(k / seeds) : moment;
            ActionChunk expected = reference.predict(moment, k);
            ActionChunk actual = other.predict(moment, k);
            if (actual.steps() != steps || actual.dim() != dim) {
                throw new IllegalArgumentException("chunks of [" + steps + ", " + dim + "] and [" + actual.steps()
                        + ", " + actual.dim() + "] cannot be compared");
            }
            for (int i = 0; i < steps * dim; i++) {
                differences[i % dim][k * steps + i / dim] = difference(expected.values()[i], actual.values()[i]);
            }
            progress.accept(k + 1);
        }
        List<ChunkDeviation.Spread> joints = new ArrayList<>();
        for (double[] joint : differences) {
            joints.add(ChunkDeviation.Spread.of(joint));
        }
        return new ChunkDeviation(joints, predictions(), predictions() * steps);
    }

    /// What is not a number is infinitely far from everything, so that no bound lets it pass.
    private static double difference(float expected, float actual) {
        double difference = Math.abs((double) expected - actual);
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }
}
