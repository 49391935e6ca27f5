package sinew.runtime.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;

class SimEnvTest {
    @Test
    void showsOneArmAndTwoCameras() {
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, 1))) {
            EnvObservation seen = env.reset();
            assertEquals(Set.of("arm"), seen.states().keySet());
            assertEquals(List.of("front", "wrist"), List.copyOf(seen.images().keySet()));
            assertEquals(480, seen.images().get("wrist").height());
            assertEquals(640, seen.images().get("front").width());
            assertEquals("Pick up the red cube and lift it.", seen.task());
            float[] state = seen.states().get("arm");
            // The hand points straight down: near the wrist's limit, the other joints near the middle.
            assertEquals(94.7, state[ArmKinematics.WRIST_FLEX], 5);
            assertEquals(0, state[ArmKinematics.LIFT], 5);
        }
    }

    @Test
    void showsTwoArmsLeftFirst() {
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.SORT, 1))) {
            EnvObservation seen = env.reset();
            assertEquals(List.of("left_arm", "right_arm"), List.copyOf(seen.states().keySet()));
            assertEquals(List.of("front", "left_wrist", "right_wrist"), List.copyOf(seen.images().keySet()));
            float[] action = new float[12];
            action[0] = 40;
            EnvStep step = null;
            for (int i = 0; i < 20; i++) {
                step = env.step(action);
            }
            assertEquals(40, step.observation().states().get("left_arm")[0], 1);
            assertEquals(0, step.observation().states().get("right_arm")[0], 3);
        }
    }

    @Test
    void aSeedGivesTheSameEpisodeToTheByte() {
        EnvStep[] last = new EnvStep[2];
        for (int i = 0; i < 2; i++) {
            try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, 40).withVariation())) {
                env.reset(42);
                ScriptedExpert expert = env.expert(7);
                for (int k = 0; k < 30; k++) {
                    last[i] = env.step(expert.act());
                }
            }
        }
        assertArrayEquals(
                last[0].observation().states().get("arm"), last[1].observation().states().get("arm"));
        for (String camera : List.of("front", "wrist")) {
            assertArrayEquals(
                    last[0].observation().images().get(camera).rgb(), last[1].observation().images().get(camera).rgb(),
                    camera);
        }
    }

    @Test
    void theNextEpisodeTakesTheNextSeed() {
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, 5).withoutImages())) {
            env.reset();
            Transform five = env.world().cube(0);
            env.reset();
            Transform six = env.world().cube(0);
            assertNotEquals(five, six);
            env.reset(6);
            assertEquals(six, env.world().cube(0));
        }
    }

    @ParameterizedTest
    @EnumSource(SimTask.class)
    void theExpertDoesEachTask(SimTask task) {
        try (SimEnv env = new SimEnv(SimOptions.of(task, 300).withoutImages())) {
            for (int episode = 0; episode < 4; episode++) {
                env.reset();
                ScriptedExpert expert = env.expert(episode);
                EnvStep step;
                do {
                    step = env.step(expert.act());
                } while (!step.done());
                assertTrue(step.success(), task + " episode " + episode + " ends with " + expert.phases());
                assertTrue(env.verdict().held());
                assertTrue(env.verdict().firstSuccess() > 10);
            }
        }
    }

    @Test
    void anArmThatDoesNothingFails() {
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, 3).withoutImages())) {
            float[] still = env.reset().states().get("arm");
            EnvStep step;
            int steps = 0;
            do {
                step = env.step(still);
                steps++;
                assertEquals(steps == 100, step.done());
            } while (!step.done());
            assertFalse(step.success());
            assertFalse(env.verdict().held());
            assertEquals(-1, env.verdict().firstSuccess());
        }
    }

    @Test
    void reportsTheActionReallyApplied() {
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, 3).withoutImages())) {
            env.reset();
            EnvStep step = env.step(new float[] {250, -250, 0, 0, 0, -20});
            assertArrayEquals(new float[] {100, -100, 0, 0, 0, 0}, step.applied(), 0.1f);
            assertNull(step.groundTruth());
            assertNull(step.success());
        }
    }

    @Test
    void refusesActionsThatAreNoActions() {
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.SORT, 3).withoutImages())) {
            env.reset();
            String wrongLength =
                    assertThrows(IllegalArgumentException.class, () -> env.step(new float[6])).getMessage();
            assertTrue(wrongLength.contains("12") && wrongLength.contains("got 6"), wrongLength);
            float[] broken = new float[12];
            Arrays.fill(broken, 3, 4, Float.NaN);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> env.step(broken))
                    .getMessage()
                    .startsWith("action[3] is NaN"));
        }
    }

    @Test
    void unknownTasksAreNamed() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> SimTask.of("juggle"))
                .getMessage()
                .contains("lift, stack and sort"));
    }
}
