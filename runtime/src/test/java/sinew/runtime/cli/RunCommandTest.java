package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class RunCommandTest {
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "--env.task lfit                     | unknown --env.task 'lfit': did you mean 'lift'? Known: lift, stack, sort",
        "--env.task fold                     | unknown --env.task 'fold'",
        "--env.type fkae                     | did you mean 'fake'?",
        "--eval.camera-key frnt              | did you mean 'front'? Known: front, wrist",
        "--num-episode 3                     | --num-episodes",
        "--num-episodes 0                    | --num-episodes must be 1 or more, got 0",
        "--num-episodes many                 | 'many' is not an int",
        "--env.episode-length 0              | --env.episode-length must be 1 or more",
        "--env.fps -1                        | --env.fps must be between 0",
        "--env.fps NaN                       | --env.fps must be between 0",
        "--eval.fps 0                        | 1 to 1000 pictures per second, got 0",
        "--eval.file-prefix ../x             | a file prefix is a plain name",
        "--port 0                            | port 0 is not between 1 and 65535",
        "--monitor-port 70000                | --monitor-port must be between 0 and 65535",
        "--wait-for-reset --no-monitor       | --wait-for-reset needs the monitor",
        "--server-timeout -1                 | --server-timeout must be 0",
        "--host http://x                     | write ws:// or wss://",
    })
    void wrong_options_end_with_2_and_say_what_is_right(String options, String expected) {
        assertEquals(2, execute(options));
        assertTrue(err.toString().contains(expected), err.toString());
    }

    @Test
    void an_unknown_word_that_resembles_none_gets_no_suggestion() {
        assertEquals(2, execute("--env.task zzzzzzzzzz"));
        assertTrue(err.toString().contains("unknown --env.task 'zzzzzzzzzz'. Known: lift, stack, sort"), err.toString());
    }

    private int execute(String options) {
        return new CommandLine(new RunCommand())
                .setErr(new PrintWriter(err, true))
                .execute(options.trim().split(" +"));
    }
}
