package sinew.engine.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.SchedulerSpec.BetaSchedule;
import sinew.engine.policy.SchedulerSpec.Kind;
import sinew.engine.policy.SchedulerSpec.PredictionType;
import sinew.kernels.DenoisingRule;
import sinew.kernels.Device;
import sinew.kernels.NativeMemory;
import sinew.kernels.Rows;

/// A sampler's steps as rules for kernels are the sampler's own steps, to the bit.
class DenoisingRuleTest {
    private static final int ROWS = 8;
    private static final int COLUMNS = 5;
    private static final int COUNT = ROWS * COLUMNS;

    @Test
    void rulesDoWhatSamplersDo() {
        for (PredictionType type : PredictionType.values()) {
            for (boolean clip : new boolean[] {true, false}) {
                compare(NoiseScheduler.of(spec(Kind.DDIM, type, clip)));
                compare(NoiseScheduler.of(spec(Kind.DDIM, type, clip), TimestepSpacing.LEADING, 0.7));
                compare(NoiseScheduler.of(spec(Kind.DDPM, type, clip)));
                compare(NoiseScheduler.of(spec(Kind.DPM_SOLVER_PP, type, clip)));
            }
        }
    }

    @Test
    void flowMatchingHasNone() {
        assertNull(NoiseScheduler.of(spec(Kind.RK4, PredictionType.EPSILON, false)).rule(0));
        assertNull(NoiseScheduler.of(spec(Kind.EULER, PredictionType.EPSILON, false)).rule(0));
    }

    private static SchedulerSpec spec(Kind kind, PredictionType type, boolean clip) {
        return new SchedulerSpec(kind, 50, BetaSchedule.SQUAREDCOS_CAP_V2, 1e-4, 0.02, type, clip, 1.0, 7);
    }

    private static void compare(NoiseScheduler scheduler) {
        Random random = new Random(5);
        float[] sample = gaussian(random);
        float[] memory = new float[COUNT * scheduler.room()];
        try (Arena arena = Arena.ofConfined()) {
            Rows there = rows(arena, sample);
            Rows earlier = scheduler.room() == 0 ? null : rows(arena, new float[COUNT]);
            for (int step = 0; step < scheduler.steps(); step++) {
                float[] said = gaussian(random);
                float[] fresh = scheduler.drawsNoise(step) ? gaussian(random) : null;
                scheduler.step(step, said, sample, fresh, memory, COUNT);
                DenoisingRule rule = scheduler.rule(step);
                assertNotNull(rule);
                Device.CPU.kernels().denoise(rule, rows(arena, said), there, fresh == null ? null : rows(arena, fresh),
                        earlier, 0, 1);
                assertArrayEquals(sample, there.memory().toArray(ValueLayout.JAVA_FLOAT), 0, scheduler + " step " + step);
            }
        }
    }

    private static Rows rows(Arena arena, float[] values) {
        MemorySegment memory = NativeMemory.floats(arena, values);
        return Rows.dense(memory, ROWS, COLUMNS);
    }

    private static float[] gaussian(Random random) {
        float[] values = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
