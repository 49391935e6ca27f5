package sinew.runtime.arm.emulator;

/// Trouble on request, for the answers to come. Guarded by [EmulatedBus].
public final class BusFaults {
    int drop;
    int corrupt;
    int truncate;
    int garbage;
    int delay;
    int delayMs;
    boolean echo;

    BusFaults() {}

    /// The next `answers` are not sent at all.
    public void drop(int answers) {
        drop = answers;
    }

    /// The next `answers` carry a wrong checksum.
    public void corrupt(int answers) {
        corrupt = answers;
    }

    /// The next `answers` lack their last byte.
    public void truncate(int answers) {
        truncate = answers;
    }

    /// The next `answers` come after bytes that mean nothing.
    public void garbage(int answers) {
        garbage = answers;
    }

    /// The next `answers` come late.
    public void delay(int answers, int milliseconds) {
        delay = answers;
        delayMs = milliseconds;
    }

    /// The adapter repeats everything that it is sent.
    public void echo(boolean on) {
        echo = on;
    }
}
