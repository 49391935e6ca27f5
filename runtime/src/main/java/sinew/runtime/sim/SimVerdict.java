package sinew.runtime.sim;

/// What became of an episode.
///
/// @param success      the task's own test holds now
/// @param held         lift only: the cube has been above 5 cm for half a second without a break; other tasks: success
/// @param steps        control steps taken
/// @param firstSuccess the step after which the task's test first held, or -1
public record SimVerdict(boolean success, boolean held, int steps, int firstSuccess) {}
