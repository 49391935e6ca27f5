package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvTask;

class StartChecksTest {
    private static final World LIFT = new World.Fake(EnvTask.LIFT, 3, 0, 0);
    private static final Map<String, Object> FITS = Map.of("task", "lift", "action_dim", 6L, "features",
            Map.of("observation.state", List.of(6L), "observation.images.front", List.of(3L, 480L, 640L)));
    private static final Map<String, Object> SMALL = Map.of("task", "stack", "action_dim", 6L, "features",
            Map.of("observation.state", List.of(6L), "observation.images.front", List.of(3L, 96L, 96L),
                    "observation.images.top", List.of(3L, 96L, 96L)));

    private final List<String> told = new ArrayList<>();

    @Test
    void whatFitsIsNotSpokenOf() throws IOException {
        check(false, FITS);
        assertEquals(List.of(), told);
    }

    @Test
    void whatDoesNotFitIsRefusedAllTogether() {
        String refusal = assertThrows(IOException.class, () -> check(false, SMALL)).getMessage();
        for (String words : List.of("nothing was moved: ",
                "camera front: its pictures are 640x480, the policy was trained with 96x96",
                "the policy wants camera 'top', task lift has front, wrist", "--policy.rename-map", "sinew doctor",
                "--skip-checks")) {
            assertTrue(refusal.contains(words), () -> words + " is not in " + refusal);
        }
        assertTrue(told.getFirst().contains("the server serves task 'stack', this client runs 'lift'"), told::toString);
    }

    @Test
    void skippedChecksAreTold() throws IOException {
        check(true, SMALL);
        assertTrue(told.getLast().startsWith("! Going on as told by --skip-checks, although "), told::toString);
        assertTrue(told.getLast().contains("96x96"), told::toString);
    }

    private void check(boolean skip, Map<String, Object> metadata) throws IOException {
        try (Env env = LIFT.open(notice -> {})) {
            new StartChecks(skip, told::add).make(metadata, LIFT, env);
        }
    }
}
