package sinew.runtime.control;

import java.time.Duration;

/// Pauses between attempts: they double from the first to the longest.
final class Backoff {
    private final Duration longest;
    private Duration pause;

    Backoff(Duration first, Duration longest) {
        this.pause = first;
        this.longest = longest;
    }

    /// As the Python client waits for a server that is not there yet.
    static Backoff untilServerStarts() {
        return new Backoff(Duration.ofSeconds(5), Duration.ofSeconds(5));
    }

    /// After a connection broke.
    static Backoff afterLoss() {
        return new Backoff(Duration.ofMillis(500), Duration.ofSeconds(8));
    }

    Duration next() {
        Duration now = pause;
        Duration doubled = now.multipliedBy(2);
        pause = doubled.compareTo(longest) < 0 ? doubled : longest;
        return now;
    }

    /// `5 seconds`, `0.5 seconds`, `1 second`.
    static String words(Duration time) {
        double seconds = Math.max(1, Math.round(time.toMillis() / 100.0)) / 10.0;
        String number = seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds);
        return number + (seconds == 1 ? " second" : " seconds");
    }
}
