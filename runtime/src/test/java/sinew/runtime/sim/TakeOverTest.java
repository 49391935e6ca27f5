package sinew.runtime.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TakeOverTest {
    /// Another try from above takes 40 steps and more.
    private static final int HESITATION = 15;

    /// Whoever takes over from an expert has nothing to correct: approach, descent, closing and raising go on where
    /// they are.
    @ParameterizedTest
    @ValueSource(longs = {20_001, 20_005, 20_011})
    void goesOnWithWhatAnotherExpertBegan(long seed) {
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.LIFT, seed).withoutImages())) {
            int alone = steps(env, seed, Integer.MAX_VALUE);
            for (int at = 4; at < alone; at += 4) {
                int together = steps(env, seed, at);
                assertTrue(env.verdict().held(), "taken over at step " + at + " it failed");
                assertTrue(together <= alone + HESITATION, "taken over at step " + at + " it took " + together
                        + " steps, not " + alone);
            }
        }
    }

    /// What is in its place already stays there.
    @Test
    void takesNothingTwice() {
        try (SimEnv env = new SimEnv(SimOptions.of(SimTask.SORT, 20_002).withoutImages())) {
            int alone = steps(env, 20_002, Integer.MAX_VALUE);
            for (int at = 10; at < alone; at += 10) {
                int together = steps(env, 20_002, at);
                assertTrue(env.verdict().held(), "taken over at step " + at + " it failed");
                assertTrue(together <= alone + HESITATION, "taken over at step " + at + " it took " + together
                        + " steps, not " + alone);
            }
        }
    }

    private static int steps(SimEnv env, long seed, int takenOverAt) {
        env.reset(seed);
        ScriptedExpert expert = env.expert(seed);
        int steps = 0;
        boolean done = false;
        while (!done) {
            if (steps == takenOverAt) {
                expert = env.expertFromHere(seed);
            }
            done = env.step(expert.act()).done();
            steps++;
        }
        return steps;
    }
}
