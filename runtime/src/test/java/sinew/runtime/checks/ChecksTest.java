package sinew.runtime.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.ValueRange;
import sinew.engine.policy.VisionSpec.ResizeMode;
import sinew.engine.policy.VisionSpec.Size;
import sinew.runtime.arm.Calibration;
import sinew.runtime.arm.So101;
import sinew.runtime.arm.Units;
import sinew.runtime.checks.Finding.Severity;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvTask;

class ChecksTest {
    private static final float[] LOW = {-50, -50, -50, -50, -50, 0};
    private static final float[] HIGH = {50, 50, 50, 50, 50, 100};
    private static final float[] DEGREES = {50, 50, 110.5f, 50, 50, 100};
    private static final Body ARM = Body.of(Body.Kind.ROBOT, EnvTask.LIFT, new Size(48, 64), Units.RANGE_M100_100, 30);

    @Test
    void whatAServerTellsIsRead() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("task", "lift");
        metadata.put("features", Map.of("observation.state", List.of(6L), "observation.images.front",
                List.of(3L, 48L, 64L), "observation.environment_state", List.of(2L)));
        metadata.put("action_dim", 6L);
        metadata.put("n_action_steps", 8L);
        metadata.put("statistics", Map.of("action", Map.of("min", LOW, "max", HIGH),
                "observation.state", Map.of("min", List.of(0.0, 1.5), "max", List.of(1.0, 2.0))));
        metadata.put("vision", Map.of("resize", List.of(48L, 64L), "resize_mode", "bilinear", "crop", List.of(40L, 48L)));
        metadata.put("rename_map", Map.of("images.front", "top"));
        PolicyFacts facts = PolicyFacts.of(metadata);
        assertEquals(3, facts.inputs().size());
        assertEquals(List.of(new Feature("observation.images.front", FeatureType.VISUAL, List.of(3, 48, 64))),
                facts.cameras());
        assertEquals(6, facts.actionDim());
        assertEquals(8, facts.actionSteps());
        assertEquals(1.5f, facts.range("observation.state", 2).min()[1]);
        assertNull(facts.range("observation.state", 6), "of another size");
        assertEquals(new Size(40, 48), facts.vision().crop());
        assertEquals(ResizeMode.BILINEAR, facts.vision().resizeMode());
        assertEquals(Map.of("images.front", "top"), facts.renames());
    }

    @Test
    void anInstructionIsNoState() {
        PolicyFacts facts = PolicyFacts.of(Map.of("features", Map.of("observation.state", List.of(6L),
                "observation.language.tokens", List.of(77L)), "action_dim", 6L));
        assertEquals(List.of(), new TaskFit(facts).problems(EnvTask.LIFT));
    }

    @Test
    void whatCannotBeReadIsNotKnown() {
        for (Object junk : List.of("none", List.of("a"), Map.of("x", "y"), 7L, Map.of("x", List.of(-1, 0.5)))) {
            Map<String, Object> metadata = new LinkedHashMap<>();
            for (String key : List.of("task", "features", "action_dim", "n_action_steps", "statistics", "vision",
                    "rename_map")) {
                metadata.put(key, junk);
            }
            PolicyFacts facts = PolicyFacts.of(metadata);
            assertEquals(List.of(), facts.inputs(), junk::toString);
            assertTrue(facts.ranges().isEmpty(), junk::toString);
        }
        List<Finding> findings = Checks.fit(PolicyFacts.of(Map.of()), ARM, false);
        assertTrue(findings.stream().allMatch(f -> f.severity() == Severity.WARNING), findings::toString);
        assertTrue(findings.getFirst().words().contains("does not tell what its policy wants to see"),
                findings::toString);
        assertTrue(findings.getLast().words().contains("nobody has checked that it was trained in range_m100_100"),
                findings::toString);
    }

    @Test
    void namesSizesAndTasksMustFit() {
        PolicyFacts facts = facts(Map.of(), "front", "wrist");
        assertEquals(List.of(Severity.OK), severities(new TaskFit(facts).findings(ARM)));
        Body large = Body.of(Body.Kind.ROBOT, EnvTask.LIFT, new Size(480, 640), Units.RANGE_M100_100, 30);
        List<Finding> sizes = new TaskFit(facts).findings(large);
        assertEquals(List.of(Severity.ERROR, Severity.ERROR), severities(sizes));
        assertEquals("camera front", sizes.getFirst().topic());
        assertEquals("its pictures are 640x480, the policy was trained with 64x48; give it width: 64, height: 48 in"
                + " --robot.cameras", sizes.getFirst().words());
        List<Finding> names = new TaskFit(facts(Map.of(), "top")).findings(ARM);
        assertTrue(names.getFirst().words().contains("wants camera 'top', task lift has front, wrist"),
                names::toString);
        assertTrue(names.getFirst().words().contains("--policy.rename-map images.CAMERA=top"), names::toString);
        PolicyFacts renamed = new PolicyFacts(facts(Map.of(), "top").inputs(), 6, 8, Map.of(), null, "sort",
                Map.of("images.front", "top"));
        List<Finding> task = Checks.fit(renamed, ARM, false);
        assertFalse(task.stream().anyMatch(Finding::isError), task::toString);
        assertTrue(task.stream().anyMatch(f -> f.words().contains("serves task 'sort', this client runs 'lift'")),
                task::toString);
    }

    @Test
    void unitsAreJudgedByTheEvidence() {
        PolicyFacts degrees = facts(Map.of("observation.state", new ValueRange(LOW, DEGREES)), "front");
        Finding error = UnitsCheck.of(degrees, ARM, false).getFirst();
        assertEquals(Severity.ERROR, error.severity());
        assertTrue(error.words().contains("elbow_flex from -50.00 to 110.50")
                && error.words().contains("--robot.units degrees") && error.words().contains("--allow-unit-mismatch"),
                error::words);
        assertEquals(Severity.WARNING, UnitsCheck.of(degrees, ARM, true).getFirst().severity());
        Body simulated = Body.of(Body.Kind.SIMULATION, EnvTask.LIFT, null, Units.RANGE_M100_100, 30);
        assertEquals(Severity.WARNING, UnitsCheck.of(degrees, simulated, false).getFirst().severity());
        PolicyFacts range = facts(Map.of("action", new ValueRange(LOW, HIGH)), "front");
        assertEquals(List.of(Severity.OK), severities(UnitsCheck.of(range, ARM, false)));
        assertEquals(List.of(Severity.WARNING), severities(UnitsCheck.of(facts(Map.of(), "front"), ARM, false)));
        assertEquals(List.of(), UnitsCheck.of(degrees, Body.of(EnvTask.LIFT), false), "paper has no units");
    }

    @Test
    void jointsShouldStandWhereDemonstrationsBegan() {
        PolicyFacts facts = facts(
                Map.of("observation.state", new ValueRange(LOW, HIGH), "action", new ValueRange(LOW, HIGH)), "front");
        assertEquals(List.of(Severity.OK), severities(Checks.pose(facts, ARM, seen(0, 0, 54, 0, 0, 0))));
        List<Finding> outside = Checks.pose(facts, ARM, seen(0, 0, 56, 0, Float.NaN, 0));
        assertEquals("elbow_flex stands at 56.0, demonstrations had it from -50.0 to 50.0; wrist_roll stands at NaN,"
                + " demonstrations had it from -50.0 to 50.0", outside.getFirst().message());
        assertEquals(Severity.WARNING, outside.getFirst().severity());
        float[] zeros = new float[6];
        assertEquals(List.of(Severity.OK),
                severities(PoseCheck.firstAction(facts, ARM, zeros, new float[] {24, 0, 0, 0, 0, 0})));
        List<Finding> leap = PoseCheck.firstAction(facts, ARM, zeros, new float[] {-26, 0, 0, 0, 0, 0});
        assertTrue(leap.getFirst().words().contains("shoulder_pan from 0.0 to -26.0"), leap::toString);
        assertEquals(List.of(Severity.ERROR), severities(PoseCheck.firstAction(facts, ARM, zeros, new float[12])));
    }

    @Test
    void calibrationsThatWereNotSweptAreNoticed() {
        assertEquals(List.of(Severity.OK), severities(Checks.calibration(Map.of("arm", calibration(1, 3840)), ARM)));
        List<Finding> narrow = Checks.calibration(Map.of("left", calibration(0.5, 3840)), ARM);
        assertTrue(narrow.getFirst().words().contains("left: shoulder_pan has 1290 steps, usual are about 2580"),
                narrow::toString);
        List<Finding> turn = Checks.calibration(Map.of("arm", calibration(1, 4095)), ARM);
        assertTrue(turn.getFirst().words().contains("wrist_roll has its whole turn"), turn::toString);
        Body degrees = Body.of(Body.Kind.ROBOT, EnvTask.LIFT, null, Units.DEGREES, 30);
        assertEquals(List.of(Severity.OK), severities(Checks.calibration(Map.of("arm", calibration(1, 4095)), degrees)));
    }

    @Test
    void picturesThatShowNothingOrTheSameAreNoticed() {
        Map<String, Image> pictures = new LinkedHashMap<>();
        pictures.put("front", noise(1));
        pictures.put("wrist", noise(2));
        assertEquals(List.of(), PictureCheck.of(pictures));
        pictures.put("wrist", noise(1));
        assertTrue(PictureCheck.of(pictures).getFirst().words().contains("shows the same picture as wrist"));
        byte[] dark = new byte[48 * 64 * 3];
        Arrays.fill(dark, (byte) 3);
        pictures.put("front", new Image(48, 64, dark));
        assertTrue(PictureCheck.of(pictures).getFirst().words().contains("shows one colour only, of level 3"));
    }

    @Test
    void predictionsMustComeAsFastAsTheirActionsAreUsedUp() {
        assertEquals(Severity.OK, LatencyCheck.judge("server", 100, 150, 8, 30, 10_000).severity());
        assertEquals(Severity.WARNING, LatencyCheck.judge("server", 140, 150, 8, 30, 10_000).severity());
        Finding late = LatencyCheck.judge("server", 280, 300, 8, 30, 10_000);
        assertEquals("a prediction takes 280 ms (the slowest 300 ms), its 8 actions last 267 ms: the arm will wait"
                + " longer than it moves", late.message());
        assertEquals(Severity.ERROR, LatencyCheck.judge("server", 280, 10_001, 8, 30, 10_000).severity());
        assertEquals(Severity.OK, LatencyCheck.judge("server", 280, 20_000, 8, 0, 0).severity());
    }

    @Test
    void aServerShouldServeTheSamePolicy() {
        PolicyFacts local = facts(Map.of(), "front", "wrist");
        assertEquals(List.of(Severity.OK), severities(Checks.samePolicy(local, facts(Map.of(), "wrist", "front"))));
        assertEquals(List.of(Severity.ERROR), severities(Checks.samePolicy(local, facts(Map.of(), "front"))));
        assertEquals(List.of(Severity.WARNING), severities(Checks.samePolicy(local, PolicyFacts.of(Map.of()))));
        PolicyFacts shorter = new PolicyFacts(local.inputs(), 6, 5, Map.of(), null, null, Map.of());
        assertEquals(List.of(Severity.WARNING), severities(Checks.samePolicy(local, shorter)));
    }

    @Test
    void standInsAreWhatThePolicyTakes() {
        PolicyFacts facts = new PolicyFacts(facts(Map.of(), "top").inputs(), 6, 8,
                Map.of("observation.state", new ValueRange(LOW, HIGH)), null, null, Map.of("images.front", "top"));
        EnvObservation standIn = Checks.standIn(facts);
        assertEquals(50, standIn.states().get("arm")[5]);
        assertEquals(48, standIn.images().get("front").height(), "under the name that a client sends");
    }

    private static PolicyFacts facts(Map<String, ValueRange> ranges, String... cameras) {
        List<Feature> inputs = new ArrayList<>();
        inputs.add(new Feature("observation.state", FeatureType.STATE, List.of(6)));
        for (String camera : cameras) {
            inputs.add(new Feature("observation.images." + camera, FeatureType.VISUAL, List.of(3, 48, 64)));
        }
        return new PolicyFacts(inputs, 6, 8, ranges, null, null, Map.of());
    }

    private static EnvObservation seen(float... joints) {
        return new EnvObservation(Map.of("arm", joints), Map.of(), null);
    }

    private static List<Severity> severities(List<Finding> findings) {
        return findings.stream().map(Finding::severity).toList();
    }

    private static Calibration calibration(double share, int wristRoll) {
        int[] spans = {2580, 2390, 2220, 2390, wristRoll, 1600};
        Map<String, Calibration.Motor> motors = new LinkedHashMap<>();
        for (int i = 0; i < So101.COUNT; i++) {
            int span = i == So101.WRIST_ROLL ? wristRoll : (int) (share * spans[i]);
            motors.put(So101.JOINTS.get(i), new Calibration.Motor(i + 1, 0, 0, 0, span));
        }
        return new Calibration(motors);
    }

    private static Image noise(long seed) {
        byte[] rgb = new byte[48 * 64 * 3];
        new SplittableRandom(seed).nextBytes(rgb);
        return new Image(48, 64, rgb);
    }
}
