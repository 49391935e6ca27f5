package sinew.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// What the command refuses, before anything is measured.
class BenchTest {
    @TempDir
    Path folder;

    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "--case unet,stairs; --case",
        "--case encoder --config default-h16; no config 'default-h16' for encoder: encoder-84x84",
        "--config default-h15; no config 'default-h15' for unet: default-h16, default-h64, demo; encoder:",
        "--type f33; --type",
        "--runs 0; from 1 on",
        "--threads 0; from 1 on",
        "--batch 1,0; from 1 on",
        "--speed; Unknown option: '--speed'",
    })
    void wrongOptionsAreTold(String options, String told) {
        assertEquals(2, run(options.split(" ")));
        assertTrue(err.toString().contains(told), err.toString());
    }

    @Test
    void anEarlierRunThatIsMissingIsToldAtOnce() {
        assertEquals(1, run("--case", "unet", "--against", folder.resolve("none.json").toString()));
        assertTrue(err.toString().startsWith("sinew bench: there is no file "), err.toString());
    }

    private int run(String... options) {
        CommandLine command = Bench.commandLine(PeerSource.NOBODY);
        command.setOut(new PrintWriter(new StringWriter()));
        command.setErr(new PrintWriter(err));
        return command.execute(options);
    }
}
