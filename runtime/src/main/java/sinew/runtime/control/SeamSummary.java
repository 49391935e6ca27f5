package sinew.runtime.control;

import java.util.List;

/// The seams of an episode so far. NaN where nothing was measured yet.
///
/// @param rule              how they were made
/// @param count             how many
/// @param last              the newest, or null
/// @param position          their mean
/// @param worstPosition     their largest
/// @param velocity          their mean
/// @param worstVelocity     their largest
/// @param elsewherePosition mean of the same between the seams: what the policy itself does from step to step
/// @param elsewhereVelocity mean of the same between the seams
/// @param each              all of them when the episode is over, before that none
public record SeamSummary(
        SeamRule rule,
        int count,
        Seam last,
        double position,
        double worstPosition,
        double velocity,
        double worstVelocity,
        double elsewherePosition,
        double elsewhereVelocity,
        List<Seam> each) {}
