package sinew.runtime.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import sinew.runtime.sim.SimEnv;
import sinew.runtime.sim.SimOptions;
import sinew.runtime.sim.SimTask;

/// A policy that takes 300 ms drives the simulated arm at 30 Hz. The table in docs/control-loop.md is what [#main]
/// prints.
class OverlapInSimulationTest {
    private static final int LATENCY_MS = 300;
    private static final int STEPS = 100;

    private static DemonstrationPolicy.Demonstrations demonstrations;

    @BeforeAll
    static void demonstrate() {
        demonstrations = DemonstrationPolicy.Demonstrations.record(30);
    }

    /// In the simulation's own time, in which nine steps pass before an answer counts: to the bit the same every time.
    @Test
    void inpaintingMakesSmallerSeamsThanCutting() {
        double cutPosition = 0;
        double cutVelocity = 0;
        double inpaintPosition = 0;
        double inpaintVelocity = 0;
        for (int seed = 1; seed <= 4; seed++) {
            SeamSummary cut = simulated(SeamRule.CUT, seed).pace().seams();
            SeamSummary inpaint = simulated(SeamRule.INPAINT, seed).pace().seams();
            cutPosition += cut.position();
            cutVelocity += cut.velocity();
            inpaintPosition += inpaint.position();
            inpaintVelocity += inpaint.velocity();
        }
        assertTrue(inpaintVelocity < 0.6 * cutVelocity, inpaintVelocity + ", cut " + cutVelocity);
        assertTrue(inpaintPosition < 0.8 * cutPosition, inpaintPosition + ", cut " + cutPosition);
    }

    @Test
    void simulatedLatencyIsRepeatable() {
        StepRecord first = simulated(SeamRule.INPAINT, 1);
        StepRecord second = simulated(SeamRule.INPAINT, 1);
        assertEquals(first.pace().seams(), second.pace().seams());
        assertArrayEquals(first.observation().states().get("arm"), second.observation().states().get("arm"));
    }

    /// In real time: the waiting client stands still for nine steps at every chunk, the overlapping one never.
    @Test
    void anOverlappingClientDoesNotStandStillWhereAWaitingOneDoes() {
        StepRecord calm = paced(Overlap.OFF, 0, 1);
        assumeTrue(calm.pace().ticks().idle() <= 2,
                () -> "this machine is too busy to keep a tick of 30 Hz: " + calm.pace().ticks());
        StepRecord waiting = paced(Overlap.OFF, LATENCY_MS, 1);
        StepRecord overlapping = paced(overlap(Overlap.Mode.AUTO, SeamRule.INPAINT), LATENCY_MS, 1);
        String both = waiting.pace() + "\n" + overlapping.pace();
        assertTrue(waiting.pace().ticks().idle() >= 3 * 6, both);
        assertTrue(overlapping.pace().ticks().idle() <= 9, both); // others on the machine may cost one or two
        assertTrue(overlapping.pace().seams().velocity() < 0.7 * waiting.pace().seams().velocity(), both);
    }

    private static StepRecord simulated(SeamRule rule, long seed) {
        try (SimEnv env = new SimEnv(options(seed))) {
            int ticks = (int) Math.ceil(LATENCY_MS * SimTask.CONTROL_HZ / 1000);
            return last(env, new Overlap(Overlap.Mode.FIXED, ticks, List.of(rule)), 0, seed);
        }
    }

    private static StepRecord paced(Overlap overlap, int latencyMs, long seed) {
        try (SimEnv env = new SimEnv(options(seed).withPacing())) {
            return last(env, overlap, latencyMs, seed);
        }
    }

    private static SimOptions options(long seed) {
        return SimOptions.of(SimTask.LIFT, seed).withoutImages().withMaxSteps(STEPS);
    }

    private static Overlap overlap(Overlap.Mode mode, SeamRule rule) {
        return new Overlap(mode, 0, List.of(rule));
    }

    private static StepRecord last(SimEnv env, Overlap overlap, int latencyMs, long seed) {
        DemonstrationPolicy policy = new DemonstrationPolicy(demonstrations, latencyMs, seed);
        AtomicReference<StepRecord> last = new AtomicReference<>();
        try (ControlLoop loop = new ControlLoop(env, () -> policy, new OperatorPanel(),
                new ControlLoop.Options(1, false, 0, 6, Duration.ZERO, overlap), words -> {})) {
            loop.addListener(last::set);
            loop.connect();
            loop.run();
        }
        return last.get();
    }

    /// Prints the documentation's table.
    public static void main(String[] args) {
        demonstrate();
        System.out.println("| client | without an action | late | seams | position | worst | velocity | worst | elsewhere |");
        row("waits (`--overlap off`)", Overlap.OFF);
        for (SeamRule rule : SeamRule.values()) {
            row("`--seam " + rule.id() + "`", overlap(Overlap.Mode.AUTO, rule));
        }
    }

    private static void row(String name, Overlap overlap) {
        List<StepRecord.Pace> paces = new ArrayList<>();
        for (int seed = 1; seed <= 4; seed++) {
            paces.add(paced(overlap, LATENCY_MS, seed).pace());
        }
        System.out.printf(Locale.ROOT, "| %s | %d | %d | %d | %.2f | %.2f | %.2f | %.2f | %.2f, %.2f |%n", name,
                paces.stream().mapToLong(p -> p.ticks().idle()).sum(),
                paces.stream().mapToLong(p -> p.ticks().late()).sum(),
                paces.stream().mapToInt(p -> p.seams().count()).sum(),
                paces.stream().mapToDouble(p -> p.seams().position()).average().orElseThrow(),
                paces.stream().mapToDouble(p -> p.seams().worstPosition()).max().orElseThrow(),
                paces.stream().mapToDouble(p -> p.seams().velocity()).average().orElseThrow(),
                paces.stream().mapToDouble(p -> p.seams().worstVelocity()).max().orElseThrow(),
                paces.stream().mapToDouble(p -> p.seams().elsewherePosition()).average().orElseThrow(),
                paces.stream().mapToDouble(p -> p.seams().elsewhereVelocity()).average().orElseThrow());
    }
}
