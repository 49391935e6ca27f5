package sinew.runtime.arm;

import java.util.Locale;

/// How an arm is left when it stops.
public enum OnStop {
    /// Stays where it is, under torque.
    HOLD,
    /// Torque off at once: the arm falls.
    LIMP,
    /// Folds itself slowly, then torque off.
    REST;

    /// @throws IllegalArgumentException names the three
    public static OnStop parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "hold" -> HOLD;
            case "limp" -> LIMP;
            case "rest" -> REST;
            default -> throw new IllegalArgumentException("an arm can hold, limp or rest when it stops, got " + text);
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
