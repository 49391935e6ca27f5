package sinew.runtime.arm;

/// The arm, its bus or its calibration is not as it must be. The message says what, what was expected, what was
/// found and what to do next; [#kind()] tells a control loop what kind of trouble it is.
public final class RobotException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// What kind of trouble it is.
    public enum Kind {
        /// The serial port cannot be opened or has vanished.
        PORT,
        /// A servo does not answer, or the bus garbles everything that it says.
        BUS,
        /// A servo that must be there is missing, is of another model, or has other firmware than its neighbours.
        SETUP,
        /// The calibration is missing, broken, or not the one in the servos.
        CALIBRATION,
        /// An action that must not be executed: not finite, or of the wrong length.
        ACTION,
        /// A servo reports a fault, or a temperature, voltage or load is outside its limits.
        SERVO,
        /// A joint does not move although it is told to.
        STALL,
        /// The control thread has been silent for too long.
        WATCHDOG
    }

    private final Kind kind;

    public RobotException(Kind kind, String message) {
        this(kind, message, null);
    }

    public RobotException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
