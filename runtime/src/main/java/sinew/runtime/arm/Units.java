package sinew.runtime.arm;

import java.util.Locale;

/// In what the joints' positions are given. The gripper is 0 (closed) to 100 (open) in either.
public enum Units {
    /// -100 to 100 over the calibrated range.
    RANGE_M100_100,
    /// Degrees from the middle of the calibrated range.
    DEGREES;

    /// @throws IllegalArgumentException names the two
    public static Units parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "range_m100_100", "range" -> RANGE_M100_100;
            case "degrees" -> DEGREES;
            default -> throw new IllegalArgumentException("units are range_m100_100 or degrees, got " + text);
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
