package sinew.kernels;

/// What samplers do to samples, the same for every implementation on this processor: a few hundred values.
final class Denoising {
    private Denoising() {}

    static void impose(Given given, Rows sample, float signal, float deviation, int part, int parts) {
        int end = Parts.begin(sample.rows(), part + 1, parts);
        for (int row = Parts.begin(sample.rows(), part, parts); row < end; row++) {
            for (int c = 0; c < sample.columns(); c++) {
                float level = given.levels().at(row, c);
                float value = given.values().at(row, c);
                if (level == Given.CLEAN) {
                    sample.set(row, c, value);
                } else if (level == Given.NOISED) {
                    sample.set(row, c, signal * value + deviation * given.noise().at(row, c));
                }
            }
        }
    }

    static void step(
            DenoisingRule rule, Rows output, Rows sample, Rows fresh, Rows earlier, int part, int parts) {
        int end = Parts.begin(sample.rows(), part + 1, parts);
        for (int row = Parts.begin(sample.rows(), part, parts); row < end; row++) {
            for (int c = 0; c < sample.columns(); c++) {
                float said = output.at(row, c);
                float now = sample.at(row, c);
                float clean = rule.clean(said, now);
                float before = rule.earlierWeight() == 0 ? 0 : earlier.at(row, c);
                float drawn = rule.freshWeight() == 0 ? 0 : fresh.at(row, c);
                sample.set(row, c, rule.next(clean, said, now, before, drawn));
                if (earlier != null) {
                    earlier.set(row, c, clean);
                }
            }
        }
    }
}
