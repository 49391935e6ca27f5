package sinew.runtime.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.List;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.RobotException;

/// The person at the terminal. Tables are redrawn in place there; elsewhere, where every drawing would stay, now and
/// then.
final class ConsoleOperator implements Operator {
    private static final long PLAIN_NANOS = 2_000_000_000L;

    private final InputStream in;
    private final BufferedReader lines;
    private final PrintStream out;
    private final boolean terminal = System.console() != null && System.console().isTerminal();
    private int shown;
    private long shownNanos = System.nanoTime() - PLAIN_NANOS;

    ConsoleOperator(InputStream in, PrintStream out) {
        this.in = in;
        this.lines = new BufferedReader(new InputStreamReader(in, Charset.defaultCharset()));
        this.out = out;
    }

    @Override
    public void say(String line) {
        shown = 0;
        out.println(line);
    }

    @Override
    public String ask(String prompt) {
        if (!prompt.isEmpty()) {
            say(prompt);
        }
        try {
            String line = lines.readLine();
            if (line == null) {
                throw new RobotException(
                        RobotException.Kind.SETUP, "this needs somebody at the keyboard: the input has ended");
            }
            return line.strip();
        } catch (IOException e) {
            throw new RobotException(RobotException.Kind.SETUP, "the keyboard cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean enterPressed() {
        try {
            if (in.available() == 0 && !lines.ready()) {
                return false;
            }
            lines.readLine();
            return true;
        } catch (IOException e) {
            return true; // nobody is left to press it
        }
    }

    @Override
    public void show(List<String> table) {
        if (!terminal) {
            if (System.nanoTime() - shownNanos >= PLAIN_NANOS) {
                shownNanos = System.nanoTime();
                table.forEach(out::println);
            }
            return;
        }
        StringBuilder text = new StringBuilder();
        if (shown > 0) {
            text.append("\u001b[").append(shown).append('A');
        }
        table.forEach(line -> text.append("\u001b[2K").append(line).append('\n'));
        out.print(text);
        out.flush();
        shown = table.size();
    }
}
