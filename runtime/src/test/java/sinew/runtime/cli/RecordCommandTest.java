package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.runtime.dataset.LeRobotDataset;
import sinew.runtime.dataset.ReplayEnv;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.sim.SimEnv;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

class RecordCommandTest {
    @TempDir
    private Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sinew(String... args) {
        return Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(args);
    }

    @Test
    void aRecordingReplaysAsItWas() throws IOException {
        Path set = dir.resolve("lift");
        assertEquals(0, sinew("record", "--env.type", "sim", "--episodes", "1", "--env.seed", "31", "-o",
                set.toString()), err::toString);
        assertTrue(out.toString().contains("1 episodes"), out.toString());
        LeRobotDataset read = LeRobotDataset.open(set);
        assertEquals(1, read.episodes().size());
        assertTrue(read.episodes().get(0).frames() > 25);
        try (ReplayEnv replay = new ReplayEnv(read, -1, false, notice -> { throw new AssertionError(notice); });
                SimEnv sim = new SimEnv(SimOptions.of(SimTask.LIFT, 31))) {
            EnvObservation recorded = replay.reset(), seen = sim.reset();
            for (int i = 0; i < 20; i++) {
                assertEquals(seen.states().get("arm")[1], recorded.states().get("arm")[1]);
                for (String camera : seen.images().keySet()) {
                    double difference = meanDifference(seen.images().get(camera).rgb(),
                            recorded.images().get(camera).rgb());
                    assertTrue(difference < 4, camera + " at frame " + i + " differs by " + difference);
                }
                float[] action = read.episodes().get(0).actions()[i];
                seen = sim.step(action).observation();
                recorded = replay.step(action).observation();
            }
        }
    }

    private static double meanDifference(byte[] a, byte[] b) {
        long sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((a[i] & 0xFF) - (b[i] & 0xFF));
        }
        return (double) sum / a.length;
    }

    @Test
    void mistakesEndWithAWord() throws IOException {
        assertEquals(2, sinew("record", "--env.task", "lfit", "-o", dir.resolve("x").toString()));
        assertTrue(err.toString().contains("did you mean 'lift'"), err.toString());
        assertEquals(2, sinew("record", "--raw-size", "big", "-o", dir.resolve("x").toString()));
        assertEquals(2, sinew("record", "--type", "bf16", "-o", dir.resolve("x").toString()));
        assertTrue(err.toString().contains("name a policy"), err.toString());
        assertEquals(2, sinew("record", "--policy.path", "p.gguf", "--no-videos", "-o", dir.resolve("x").toString()));
        assertTrue(err.toString().contains("the policy needs to see"), err.toString());
        assertEquals(1, sinew("record", "--policy.path", "/none.gguf", "-o", dir.resolve("x").toString()));
        assertTrue(err.toString().contains("/none.gguf"), err.toString());
        assertFalse(Files.exists(dir.resolve("x")));
        Files.writeString(dir.resolve("taken"), "");
        assertEquals(1, sinew("record", "--episodes", "1", "--no-videos", "-o", dir.toString()));
        assertTrue(err.toString().contains("not empty"), err.toString());
        assertFalse(err.toString().contains("\tat "), err.toString());
    }
}
