package sinew.engine.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.SchedulerSpec.Kind;

class FlowMatchingTest {
    @Test
    void timesOfBothMethods() {
        assertArrayEquals(new float[] {0, 0.25f, 0.5f, 0.75f}, flow(Kind.EULER, 4).times());
        assertArrayEquals(
                new float[] {0, 0.25f, 0.25f, 0.5f, 0.5f, 0.75f, 0.75f, 1}, flow(Kind.RK4, 2).times());
    }

    /// dx/dt = x + t from x = 1 has the solution 2 e^t - t - 1. The error of Euler's method halves with the step, that
    /// of Runge and Kutta's is divided by sixteen.
    @Test
    void ordersOfTheMethods() {
        double exact = 2 * Math.E - 2;
        double coarse = exact - solve(flow(Kind.EULER, 50));
        double fine = exact - solve(flow(Kind.EULER, 100));
        assertEquals(2, coarse / fine, 0.05);
        double rough = exact - solve(flow(Kind.RK4, 2));
        double smooth = exact - solve(flow(Kind.RK4, 4));
        assertEquals(16, rough / smooth, 3);
        assertEquals(exact, solve(flow(Kind.RK4, 8)), 2e-5);
    }

    private static NoiseScheduler flow(Kind kind, int steps) {
        return NoiseScheduler.of(SchedulerSpec.flow(kind, steps));
    }

    private static double solve(NoiseScheduler scheduler) {
        int count = 3; // all alike: places must not mix
        float[] sample = new float[count];
        float[] memory = new float[count * scheduler.room()];
        Arrays.fill(sample, 1);
        float[] velocity = new float[count];
        float[] times = scheduler.times();
        for (int i = 0; i < scheduler.steps(); i++) {
            for (int j = 0; j < count; j++) {
                velocity[j] = sample[j] + times[i];
            }
            scheduler.step(i, velocity, sample, null, memory, count);
        }
        assertEquals(sample[0], sample[2]);
        return sample[1];
    }
}
