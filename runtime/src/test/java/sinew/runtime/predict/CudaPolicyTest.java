package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;
import sinew.kernels.DeviceException;
import sinew.kernels.cuda.CudaEmulator;

/// A policy on a GPU gives what it gives on the processor: made call by call, while it is recorded and from the
/// recording, with every sampler, alone and together with others.
class CudaPolicyTest {
    private static final int STEPS = 3;
    private static final double LIMIT = 2e-5; // of robot units of some hundred

    @TempDir
    static Path temporary;

    private static Policy processor;
    private static Policy gpu;
    private static Path weights;

    @BeforeAll
    static void load() throws Exception {
        CudaEmulator.require();
        weights = TestPolicies.convert(TestPolicies.statesOnly(temporary), temporary.resolve("states.gguf"));
        LoadOptions options = LoadOptions.defaults().withThreads(1).withWarmUp(false);
        processor = Policies.load(weights, options);
        gpu = Policies.load(weights, options.withDevice("cuda"));
    }

    @AfterAll
    static void close() {
        if (gpu != null) {
            gpu.close();
            processor.close();
        }
    }

    private static PolicySession session(Policy policy, SchedulerSpec.Kind kind, long seed) {
        return policy.newSession(new TorchRandom(seed), new SamplingOptions(kind, STEPS));
    }

    private static Observation seen(long seed) {
        return TestPolicies.observation(processor.spec(), seed);
    }

    @ParameterizedTest
    @EnumSource(value = SchedulerSpec.Kind.class, names = {"DDPM", "DDIM", "DPM_SOLVER_PP"})
    void asOnTheProcessor(SchedulerSpec.Kind kind) {
        assertEquals("cuda:0", gpu.device());
        PolicySession here = session(processor, kind, 5);
        PolicySession there = session(gpu, kind, 5);
        PolicySession traced = session(gpu, kind, 5);
        for (int i = 0; i < 4; i++) {
            float[] want = here.predict(seen(i)).values();
            float[] got = there.predict(seen(i)).values();
            near(want, got, kind + ", prediction " + i);
            assertArrayEquals(traced.predict(seen(i), (stage, values, shape) -> {}).values(), got,
                    "all steps in one launch are the steps one by one");
        }
    }

    @Test
    void decidedActionsAreContinued() {
        float[][] decided = {{1, 2, 3, 4, 5, 6}, {2, 3, 4, 5, 6, 7}};
        PolicySession here = session(processor, SchedulerSpec.Kind.DDIM, 6);
        PolicySession there = session(gpu, SchedulerSpec.Kind.DDIM, 6);
        for (int i = 0; i < 4; i++) {
            ActionPrefix prefix = i % 2 == 0 ? new ActionPrefix(new float[0][], decided) : ActionPrefix.NONE;
            near(here.predict(seen(i), prefix).values(), there.predict(seen(i), prefix).values(), "prediction " + i);
        }
    }

    /// Several robots with two samplers, each with its own noise.
    @Test
    void robotsTogether() throws Exception {
        int robots = 3;
        CyclicBarrier start = new CyclicBarrier(robots);
        List<CompletableFuture<List<float[]>>> answers = new ArrayList<>();
        for (int robot = 0; robot < robots; robot++) {
            SchedulerSpec.Kind kind = robot == 1 ? SchedulerSpec.Kind.DDPM : SchedulerSpec.Kind.DDIM;
            PolicySession session = session(gpu, kind, robot);
            int seed = robot;
            answers.add(CompletableFuture.supplyAsync(() -> {
                List<float[]> chunks = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    await(start);
                    chunks.add(session.predict(seen(10 * seed + i)).values());
                }
                return chunks;
            }, task -> Thread.ofPlatform().daemon().start(task)));
        }
        for (int robot = 0; robot < robots; robot++) {
            PolicySession alone =
                    session(processor, robot == 1 ? SchedulerSpec.Kind.DDPM : SchedulerSpec.Kind.DDIM, robot);
            List<float[]> chunks = answers.get(robot).get();
            for (int i = 0; i < chunks.size(); i++) {
                near(alone.predict(seen(10 * robot + i)).values(), chunks.get(i), "robot " + robot + ", prediction " + i);
            }
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aGpuThatIsNotThereIsSaidSo() {
        String said = assertThrows(DeviceException.class, () ->
                Policies.load(weights, LoadOptions.defaults().withDevice("cuda:77"))).getMessage();
        assertTrue(said.contains("there is no GPU 77"), said);
        assertThrows(IllegalArgumentException.class, () -> LoadOptions.defaults().withDevice("tpu"));
    }

    private static void near(float[] want, float[] got, String what) {
        Deviation deviation = Deviation.of(want, got);
        assertTrue(deviation.largest() <= LIMIT, () -> what + " deviates by " + deviation);
    }
}
