package sinew.runtime.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.ProgressListener;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.Policies;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Observation;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec.Kind;
import sinew.kernels.WeightType;

/// Same weights, same observations, same seed: same bytes out, whoever else predicts meanwhile.
@Timeout(600)
class SharedPassesTest {
    /// Robots with samplers of their own, which therefore join and leave each other's passes all the time.
    private static final List<SamplingOptions> ROBOTS = List.of(
            new SamplingOptions(Kind.DDIM, 7),
            new SamplingOptions(Kind.DDPM, 20),
            new SamplingOptions(Kind.DDIM, 1),
            new SamplingOptions(Kind.DDPM, 3),
            new SamplingOptions(Kind.DDIM, 12),
            new SamplingOptions(Kind.DDPM, 9),
            new SamplingOptions(Kind.DPM_SOLVER_PP, 6));
    private static final int PREDICTIONS = 6;

    @TempDir
    static Path temporary;

    static Stream<Arguments> policiesAndTypes() {
        return Stream.of("envstate-sample", "pusht-like-ddpm", "dp-transformer-lowdim-encoder",
                        "dp-transformer-lowdim-inpaint", "dp-transformer-lowdim-encoder-only")
                .flatMap(name -> Arrays.stream(WeightType.values()).map(type -> Arguments.of(name, type)));
    }

    @ParameterizedTest
    @MethodSource("policiesAndTypes")
    void companyChangesNoByte(String name, WeightType type) throws IOException {
        List<List<int[]>> alone = new ArrayList<>();
        try (Policy policy = load(name, type, 1, 1)) {
            for (int robot = 0; robot < ROBOTS.size(); robot++) {
                alone.add(episode(policy, robot));
            }
            assertEquals(1, policy.passCounts().length);
        }
        for (int threads : new int[] {2, 3}) {
            try (Policy policy = load(name, type, threads, 4)) {
                List<List<int[]>> together = together(policy);
                for (int robot = 0; robot < ROBOTS.size(); robot++) {
                    for (int i = 0; i < PREDICTIONS; i++) {
                        assertArrayEquals(alone.get(robot).get(i), together.get(robot).get(i),
                                "robot " + robot + ", prediction " + i + ", " + threads + " threads");
                    }
                }
                long[] counts = policy.passCounts();
                assertTrue(counts[1] + counts[2] + counts[3] > 0, "nothing was shared: " + Arrays.toString(counts));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void aTraceInTheMiddleDisturbsNobodyAndIsNotDisturbed(WeightType type) throws IOException {
        String name = "pusht-like-ddpm";
        Map<String, float[]> quiet = new HashMap<>();
        List<int[]> alone;
        try (Policy policy = load(name, type, 2, 1)) {
            alone = episode(policy, 1);
            trace(policy, quiet);
        }
        try (Policy policy = load(name, type, 2, 3)) {
            CompletableFuture<List<int[]>> robot = run(() -> episode(policy, 1));
            CompletableFuture<List<int[]>> other = run(() -> episode(policy, 4));
            do {
                Map<String, float[]> seen = new HashMap<>();
                trace(policy, seen);
                assertEquals(quiet.keySet(), seen.keySet());
                quiet.forEach((stage, values) -> assertArrayEquals(bits(values), bits(seen.get(stage)), stage));
            } while (!other.isDone());
            List<int[]> disturbed = robot.join();
            for (int i = 0; i < PREDICTIONS; i++) {
                assertArrayEquals(alone.get(i), disturbed.get(i), "prediction " + i);
            }
        }
    }

    @Test
    void encodingAheadChangesNoByte() throws IOException {
        try (Policy policy = load("pusht-like-ddpm", WeightType.F32, 2, 4)) {
            List<int[]> plain = chunks(policy, false);
            List<int[]> ahead = chunks(policy, true);
            for (int i = 0; i < plain.size(); i++) {
                assertArrayEquals(plain.get(i), ahead.get(i), "chunk " + i);
            }
        }
    }

    /// Two episodes that show some frames between predictions.
    private static List<int[]> chunks(Policy policy, boolean prepare) {
        PolicySession session = policy.newSession(new TorchRandom(3), ROBOTS.getFirst());
        List<int[]> chunks = new ArrayList<>();
        for (int frame = 0; frame < 24; frame++) {
            if (frame == 13) {
                session.reset();
            }
            Observation observation = TestPolicies.observation(policy.spec(), frame);
            if (frame % 4 == 0) {
                chunks.add(bits(session.predict(observation).values()));
            } else {
                session.observe(observation);
                if (prepare) {
                    session.prepare();
                    session.prepare();
                }
            }
        }
        return chunks;
    }

    @Test
    void aBrokenNoiseSourceIsItsOwnersProblem() throws IOException {
        try (Policy policy = load("envstate-sample", WeightType.F32, 2, 4)) {
            List<int[]> alone = episode(policy, 1);
            CompletableFuture<List<int[]>> robot = run(() -> episode(policy, 1));
            AtomicInteger draws = new AtomicInteger();
            NoiseSource broken = (out, count) -> {
                if (draws.incrementAndGet() % 3 == 0) {
                    throw new IllegalArgumentException("no more noise");
                }
            };
            PolicySession session = policy.newSession(broken, ROBOTS.get(1));
            Observation observation = TestPolicies.observation(policy.spec(), 1);
            do {
                assertThrows(IllegalArgumentException.class, () -> session.predict(observation));
            } while (!robot.isDone());
            for (int i = 0; i < PREDICTIONS; i++) {
                assertArrayEquals(alone.get(i), robot.join().get(i), "prediction " + i);
            }
        }
    }

    @Test
    void closingWhileRobotsPredict() throws IOException {
        for (int round = 0; round < 5; round++) {
            Policy policy = load("envstate-sample", WeightType.F32, 2, 2);
            List<CompletableFuture<Integer>> robots = new ArrayList<>();
            for (int robot = 0; robot < 5; robot++) {
                int number = robot;
                PolicySession session = policy.newSession(new TorchRandom(robot), ROBOTS.get(robot));
                robots.add(run(() -> untilClosed(policy, session, number)));
            }
            while (Arrays.stream(policy.passCounts()).sum() < 20) {
                Thread.onSpinWait();
            }
            policy.close();
            policy.close();
            for (CompletableFuture<Integer> robot : robots) {
                robot.join(); // refused in words, whatever it was doing
            }
        }
    }

    private static int untilClosed(Policy policy, PolicySession session, int robot) {
        Observation observation = TestPolicies.observation(policy.spec(), robot);
        int predictions = 0;
        IllegalStateException refusal = null;
        while (refusal == null) {
            try {
                session.predict(observation);
                predictions++;
            } catch (IllegalStateException e) {
                refusal = e;
            }
        }
        assertEquals("the policy is closed", refusal.getMessage());
        return predictions;
    }

    private static List<List<int[]>> together(Policy policy) {
        List<CompletableFuture<List<int[]>>> robots = new ArrayList<>();
        for (int robot = 0; robot < ROBOTS.size(); robot++) {
            int number = robot;
            robots.add(run(() -> episode(policy, number)));
        }
        return robots.stream().map(CompletableFuture::join).toList();
    }

    private static List<int[]> episode(Policy policy, int robot) {
        PolicySession session = policy.newSession(new TorchRandom(robot), ROBOTS.get(robot));
        List<int[]> chunks = new ArrayList<>();
        for (int i = 0; i < PREDICTIONS; i++) {
            chunks.add(bits(session.predict(TestPolicies.observation(policy.spec(), 100L * robot + i)).values()));
        }
        return chunks;
    }

    private static void trace(Policy policy, Map<String, float[]> into) {
        policy.newSession(new TorchRandom(9), ROBOTS.get(3))
                .predict(TestPolicies.observation(policy.spec(), 9), (stage, values, shape) -> into.put(stage, values));
    }

    private static <T> CompletableFuture<T> run(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> Thread.ofPlatform().daemon().start(task));
    }

    private static Policy load(String name, WeightType type, int threads, int maxBatch) throws IOException {
        Path weights = temporary.resolve(name + "-" + type + ".gguf");
        if (!Files.exists(weights)) {
            Path checkpoint = GoldenCase.find(name).checkpoint(Files.createTempDirectory(temporary, "checkpoint"));
            Converter.convert(checkpoint, weights, new ConversionOptions(type, false, 0), ProgressListener.SILENT);
        }
        return Policies.load(weights, TestDevice.options()
                .withThreads(threads)
                .withMaxBatch(maxBatch)
                .withWarmUp(false));
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return bits;
    }
}
