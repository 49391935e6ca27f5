package sinew.runtime.control;

/// Where one chunk took over from another, and how smoothly.
///
/// @param step     the first step of the new chunk, 1 for the episode's first
/// @param position largest change of a joint's goal from one step to the next, in robot units
/// @param velocity largest change of that change, in robot units per step; standing still counts as no velocity
public record Seam(int step, float position, float velocity) {}
