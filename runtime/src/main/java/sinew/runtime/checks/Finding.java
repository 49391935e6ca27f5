package sinew.runtime.checks;

/// What a check found.
///
/// @param topic   what it is about: `policy`, `units`, `camera front`
/// @param message what is so, in words
/// @param advice  what to do about it, or null where nothing need be done
public record Finding(Severity severity, String topic, String message, String advice) {
    /// How much it matters.
    public enum Severity {
        /// As it should be.
        OK,
        /// A robot may run, and its user should know.
        WARNING,
        /// A robot must not run.
        ERROR
    }

    public static Finding ok(String topic, String message) {
        return new Finding(Severity.OK, topic, message, null);
    }

    public static Finding warning(String topic, String message, String advice) {
        return new Finding(Severity.WARNING, topic, message, advice);
    }

    public static Finding error(String topic, String message, String advice) {
        return new Finding(Severity.ERROR, topic, message, advice);
    }

    public boolean isError() {
        return severity == Severity.ERROR;
    }

    /// Message and advice in one sentence.
    public String words() {
        return advice == null ? message : message + "; " + advice;
    }
}
