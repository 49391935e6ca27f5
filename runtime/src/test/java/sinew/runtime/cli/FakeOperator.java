package sinew.runtime.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.RobotException;

/// A person who does what the test says. Remembers what was said.
final class FakeOperator implements Operator {
    final List<String> said = new ArrayList<>();
    Function<String, String> answers = prompt -> {
        throw new RobotException(RobotException.Kind.SETUP, "nobody answers '" + prompt + "'");
    };
    BooleanSupplier enter = () -> true;
    List<String> shown = List.of();

    @Override
    public synchronized void say(String line) {
        said.add(line);
    }

    @Override
    public String ask(String prompt) {
        say(prompt);
        return answers.apply(prompt);
    }

    @Override
    public boolean enterPressed() {
        return enter.getAsBoolean();
    }

    @Override
    public void show(List<String> lines) {
        shown = lines;
    }

    synchronized String all() {
        return String.join("\n", said);
    }
}
