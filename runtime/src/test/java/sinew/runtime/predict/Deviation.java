package sinew.runtime.predict;

/// How far a result is from the recorded one.
///
/// @param largest relative to max(1, the largest recorded magnitude)
/// @param at      index of the largest
record Deviation(double largest, int at) {
    static Deviation of(float[] expected, float[] actual) {
        double magnitude = 1;
        double difference = 0;
        int at = 0;
        for (int i = 0; i < expected.length; i++) {
            magnitude = Math.max(magnitude, Math.abs(expected[i]));
            double d = Math.abs((double) expected[i] - actual[i]);
            if (!(d <= difference)) {
                difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : d;
                at = i;
            }
        }
        return new Deviation(difference / magnitude, at);
    }
}
