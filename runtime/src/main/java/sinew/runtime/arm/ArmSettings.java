package sinew.runtime.arm;

/// How one arm is to be used.
///
/// @param name        for messages: `arm`, `left`
/// @param port        `/dev/ttyACM0`
/// @param role        driven, or led by hand
/// @param calibration LeRobot's values for this very arm
/// @param units       of positions and goals
/// @param limits      what it may do at most
/// @param onStop      how it is left
public record ArmSettings(
        String name, String port, ArmRole role, Calibration calibration, Units units, SafetyLimits limits,
        OnStop onStop) {}
