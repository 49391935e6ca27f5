package sinew.runtime.env;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FakeEnvTest {
    @ParameterizedTest
    @EnumSource(EnvTask.class)
    void shows_what_the_task_has(EnvTask task) {
        try (FakeEnv env = new FakeEnv(task, 3, 0, 1)) {
            EnvObservation first = env.reset();
            assertEquals(task.arms(), List.copyOf(first.states().keySet()));
            assertEquals(task.cameras(), List.copyOf(first.images().keySet()));
            assertNull(first.task());
            first.states().values().forEach(state -> assertEquals(6, state.length));
            first.images().values().forEach(image -> {
                assertEquals(480, image.height());
                assertEquals(640, image.width());
            });
            EnvStep step = env.step(new float[task.actionDim()]);
            assertEquals(task == EnvTask.SORT ? 12 : 6, step.groundTruth().length);
        }
    }

    @Test
    void an_episode_ends_with_success_exactly_at_its_length() {
        try (FakeEnv env = new FakeEnv(EnvTask.LIFT, 3, 0, 1)) {
            for (int episode = 0; episode < 2; episode++) {
                env.reset();
                for (int step = 1; step <= 3; step++) {
                    EnvStep outcome = env.step(new float[6]);
                    assertEquals(step == 3, outcome.done());
                    assertEquals(step == 3 ? Boolean.TRUE : null, outcome.success());
                }
                assertThrows(IllegalStateException.class, () -> env.step(new float[6]));
            }
        }
    }

    @Test
    void equal_seeds_give_equal_worlds_and_others_do_not() {
        assertArrayEquals(digest(7), digest(7));
        assertFalse(java.util.Arrays.equals(digest(7), digest(8)));
    }

    @Test
    void is_as_random_as_it_says() {
        try (FakeEnv env = new FakeEnv(EnvTask.SORT, 5000, 0, 3)) {
            env.reset();
            double sum = 0;
            double squares = 0;
            int count = 0;
            for (int step = 0; step < 500; step++) {
                EnvStep outcome = env.step(new float[12]);
                List<float[]> vectors = new ArrayList<>(outcome.observation().states().values());
                vectors.add(outcome.groundTruth());
                for (float[] vector : vectors) {
                    for (float value : vector) {
                        sum += value;
                        squares += value * value;
                        count++;
                    }
                }
            }
            double sigma = 1 / Math.sqrt(count);
            assertEquals(0, sum / count, 5 * sigma);
            assertEquals(1, squares / count, 5 * sigma * Math.sqrt(2));
            assertUniform(env.observe().images().get("left_wrist").rgb());
        }
    }

    @Test
    void keeps_the_control_rate() {
        try (FakeEnv env = new FakeEnv(EnvTask.LIFT, 100, 50, 1)) {
            env.reset();
            long began = System.nanoTime();
            for (int step = 0; step < 20; step++) {
                env.step(new float[6]);
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            assertTrue(seconds >= 0.4, "20 steps at 50 Hz took only " + seconds + " s");
        }
    }

    @Test
    void refuses_an_action_of_another_size() {
        try (FakeEnv env = new FakeEnv(EnvTask.LIFT, 3, 0, 1)) {
            env.reset();
            assertThrows(IllegalArgumentException.class, () -> env.step(new float[12]));
        }
    }

    private static void assertUniform(byte[] pixels) {
        int[] histogram = new int[256];
        for (byte pixel : pixels) {
            histogram[pixel & 255]++;
        }
        double expected = pixels.length / 256.0;
        double chiSquare = 0;
        for (int n : histogram) {
            chiSquare += (n - expected) * (n - expected) / expected;
        }
        assertEquals(255, chiSquare, 6 * Math.sqrt(2 * 255));
    }

    private static float[] digest(long seed) {
        try (FakeEnv env = new FakeEnv(EnvTask.LIFT, 5, 0, seed)) {
            env.reset();
            EnvStep step = env.step(new float[6]);
            float[] digest = new float[8];
            System.arraycopy(step.groundTruth(), 0, digest, 0, 6);
            digest[6] = step.observation().states().get("arm")[5];
            digest[7] = java.util.Arrays.hashCode(step.observation().images().get("wrist").rgb());
            return digest;
        }
    }
}
