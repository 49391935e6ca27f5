package sinew.runtime.control;

/// How many steps an answer takes: as many as the slowest of the last few took, so that a single slow one is remembered
/// for a while and then forgotten.
final class LatencyEstimate {
    private static final int WINDOW = 8;

    private final int[] ring = new int[WINDOW];
    private int count;

    void add(int ticks) {
        ring[count++ % WINDOW] = ticks;
    }

    /// At least 1.
    int ticks() {
        int most = 1;
        for (int i = 0; i < Math.min(count, WINDOW); i++) {
            most = Math.max(most, ring[i]);
        }
        return most;
    }
}
