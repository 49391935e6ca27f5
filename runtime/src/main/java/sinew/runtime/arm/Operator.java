package sinew.runtime.arm;

import java.util.List;

/// The person at the arm, as the procedures that need hands see them.
public interface Operator {
    void say(String line);

    /// Shows a prompt and waits for a line.
    ///
    /// @return the line without its end; never null
    /// @throws RobotException when there is nobody to answer
    String ask(String prompt);

    /// Whether a line was entered since the last question; does not wait.
    boolean enterPressed();

    /// Shows lines in the place of those that were shown before.
    void show(List<String> lines);
}
