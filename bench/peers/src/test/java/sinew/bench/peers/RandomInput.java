package sinew.bench.peers;

import java.io.IOException;
import java.util.SplittableRandom;
import sinew.engine.policy.DiffusionSpec;

/// Inputs that no two samples share.
final class RandomInput {
    private RandomInput() {}

    static NetworkInput of(NetworkCase network, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        int batch = network.batch();
        if (network.network() == NetworkCase.Network.ENCODER) {
            return new NetworkInput(gaussian(random, batch * network.height() * network.width() * 3), null, null);
        }
        DiffusionSpec spec = network.spec();
        return new NetworkInput(
                gaussian(random, batch * spec.horizon() * spec.action().size()),
                random.ints(batch, 0, 100).toArray(),
                gaussian(random, batch * spec.nObsSteps() * spec.condPerStep()));
    }

    private static float[] gaussian(SplittableRandom random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
