package sinew.convert;

import java.util.List;

/// The statistics of a data set that matter: checkpoints also hold counts and the like.
final class Statistics {
    static final List<String> KNOWN = List.of("min", "max", "mean", "std", "q01", "q10", "q50", "q90", "q99");

    private Statistics() {}

    static boolean isKnown(String stat) {
        return KNOWN.contains(stat);
    }
}
