package sinew.runtime.env;

/// How the tick was kept since the reset. The first step begins the count and is never late: the policy's first
/// prediction has to be waited for.
///
/// @param ticks    steps taken
/// @param late     that began more than half a period after their time
/// @param idle     whole periods in which no action came: the arm stood at its last goal
/// @param worstMs  the latest step, pauses left out
/// @param meanMs   lateness on average, pauses left out
/// @param jitterMs standard deviation of the lateness, pauses left out
/// @param pauses   times that no action came for more than two periods; the count of time began anew after each
/// @param pausedMs in them, altogether
public record Ticks(
        long ticks, long late, long idle, double worstMs, double meanMs, double jitterMs, long pauses, double pausedMs) {}
