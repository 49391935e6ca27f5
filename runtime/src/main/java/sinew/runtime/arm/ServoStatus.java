package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.List;

/// The error bits with which a servo answers. Bit 4 is not an error in newer firmware and is left out.
///
/// @param bits the byte as it came
public record ServoStatus(int bits) {
    public static final int VOLTAGE = 1;
    public static final int ANGLE_SENSOR = 1 << 1;
    public static final int OVERHEAT = 1 << 2;
    public static final int OVER_CURRENT = 1 << 3;
    public static final int OVERLOAD = 1 << 5;

    /// All bits that mean trouble.
    public static final int FAULTS = VOLTAGE | ANGLE_SENSOR | OVERHEAT | OVER_CURRENT | OVERLOAD;

    public boolean faulty() {
        return (bits & FAULTS) != 0;
    }

    public boolean has(int fault) {
        return (bits & fault) != 0;
    }

    /// `ok`, or the faults and what to do about them.
    public String describe() {
        List<String> faults = new ArrayList<>();
        if (has(VOLTAGE)) {
            faults.add("supply voltage out of range (check the power supply and its plug)");
        }
        if (has(ANGLE_SENSOR)) {
            faults.add("angle sensor fault (the servo is probably broken)");
        }
        if (has(OVERHEAT)) {
            faults.add("too hot (switch the torque off and let it cool)");
        }
        if (has(OVER_CURRENT)) {
            faults.add("over-current (something blocks it)");
        }
        if (has(OVERLOAD)) {
            faults.add("overload (relieve it, then switch the torque off and on)");
        }
        return faults.isEmpty() ? "ok" : String.join(", ", faults);
    }
}
