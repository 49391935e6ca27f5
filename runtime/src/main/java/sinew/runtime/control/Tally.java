package sinew.runtime.control;

/// Finished episodes of a run.
///
/// @param episodes  all of them
/// @param labelled  those with a verdict
/// @param successes those with the verdict true
public record Tally(int episodes, int labelled, int successes) {
    public static final Tally NONE = new Tally(0, 0, 0);

    /// This tally and one more episode; `success` is null for an episode without a verdict.
    public Tally plus(Boolean success) {
        return new Tally(
                episodes + 1,
                labelled + (success == null ? 0 : 1),
                successes + (Boolean.TRUE.equals(success) ? 1 : 0));
    }

    /// Successes per labelled episode; 0 when none is labelled.
    public double successRate() {
        return labelled == 0 ? 0.0 : (double) successes / labelled;
    }
}
