package sinew.runtime.arm;

import java.util.List;

/// One arm or two, driven by one control thread. [#stop] and [#keepAlive] may be called from any thread.
public interface RobotArm extends AutoCloseable {
    /// The joints as LeRobot calls them: `shoulder_pan.pos`, or `left_shoulder_pan.pos` first and then the right ones.
    List<String> features();

    /// Brings the torque on, at the present position.
    void enable();

    /// Measures all joints, in units, [A].
    ///
    /// @throws RobotException when the bus fails or a servo reports a fault; motion has stopped then
    void readPositions(float[] into);

    /// Sends goals in units, [A], as far as they are safe.
    ///
    /// @param applied receives what was really sent, [A]; may be `action` itself
    /// @throws RobotException when nothing may be sent: a broken action, a stopped arm, a fault
    void writeGoals(float[] action, float[] applied);

    /// The control thread waits for something and is well: the watchdog need not bite.
    void keepAlive();

    /// Stops all motion and leaves the arm as told. Works after any fault, and twice.
    void stop(OnStop how);

    /// Stops as the settings say, unless it has been stopped already. An arm that would fold holds instead after a
    /// fault, because nobody knows what is in its way, and when it must not move.
    void leave(boolean mayMove);

    /// What was limited or looks worrying since the last call; each thing once.
    List<String> takeNotices();

    /// Stops as the settings say when nobody has yet, and lets go of the port.
    @Override
    void close();
}
