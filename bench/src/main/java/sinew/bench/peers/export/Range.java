package sinew.bench.peers.export;

/// The values that one place of a network had while it was observed.
public record Range(float min, float max) {
    private static final int STEPS = 255;

    /// Widens the range so that 0 is in it, as a zero point needs.
    public Range {
        if (!(min <= max) || Float.isInfinite(min) || Float.isInfinite(max)) {
            throw new IllegalArgumentException("want finite values in order, not " + min + " and " + max);
        }
        min = Math.min(min, 0);
        max = Math.max(max, 0);
    }

    /// The range that holds both.
    public Range and(Range other) {
        return new Range(Math.min(min, other.min), Math.max(max, other.max));
    }

    /// Width of one of the 255 steps of a uint8.
    float scale() {
        return max > min ? (max - min) / STEPS : 1;
    }

    /// The uint8 that stands for 0.
    int zeroPoint() {
        return Math.round(-min / scale());
    }
}
