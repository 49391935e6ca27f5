package sinew.bench.peers.export;

/// The step embedding's frequencies (Vaswani et al. 2017).
final class Waves {
    private static final double LONGEST = 10_000;

    private Waves() {}

    /// [dim / 2], rounded to float32 where the training code rounds.
    static float[] frequencies(int dim) {
        int half = dim / 2;
        float decay = (float) -(StrictMath.log(LONGEST) / (half - 1));
        float[] frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            frequencies[i] = (float) StrictMath.exp(i * decay);
        }
        return frequencies;
    }
}
