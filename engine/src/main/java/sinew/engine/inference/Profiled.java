package sinew.engine.inference;

import java.util.List;

/// A policy that can tell where its predictions' time goes.
interface Profiled {
    /// Medians over `runs` runs of every kernel call.
    List<PolicyProfile.Stage> profile(int runs);
}
