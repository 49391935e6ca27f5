package sinew.runtime.eval;

import sinew.runtime.sim.SimVerdict;

/// How one episode went.
///
/// @param seed      of the episode
/// @param verdict   what became of it
/// @param predictMs time of each prediction in milliseconds, in order
public record EpisodeResult(long seed, SimVerdict verdict, double[] predictMs) {}
