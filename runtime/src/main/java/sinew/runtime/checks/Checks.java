package sinew.runtime.checks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.arm.Calibration;
import sinew.runtime.camera.CameraSettings;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvTask;
import sinew.runtime.serve.PolicyClient;

/// The checks of a policy against a body. Those of the first group cost nothing and are made at the start of every run;
/// the others watch and predict for some seconds.
public final class Checks {
    private Checks() {}

    /// Whether policy and body belong together, as far as names, sizes and statistics tell.
    ///
    /// @param allowUnitMismatch whether the user wants to run a policy of other units
    public static List<Finding> fit(PolicyFacts policy, Body body, boolean allowUnitMismatch) {
        List<Finding> findings = new ArrayList<>(new TaskFit(policy).findings(body));
        if (body.task() != null && policy.task() != null && EnvTask.byId(policy.task()) != null
                && !policy.task().equals(body.task().id())) {
            findings.add(Finding.warning("task", "the server serves task '" + policy.task() + "', this client runs '"
                    + body.task().id() + "' (--env.task)", "give both the same task if that is not meant"));
        }
        findings.addAll(UnitsCheck.of(policy, body, allowUnitMismatch));
        return findings;
    }

    /// Whether the arms are calibrated as they should be.
    ///
    /// @param arms calibrations by the arm's name
    public static List<Finding> calibration(Map<String, Calibration> arms, Body body) {
        return CalibrationCheck.of(arms, body.units());
    }

    /// Whether the joints stand where the policy's demonstrations had them.
    public static List<Finding> pose(PolicyFacts policy, Body body, EnvObservation seen) {
        return PoseCheck.standing(policy, body, positions(seen));
    }

    /// Whether there is anything to see.
    public static List<Finding> pictures(EnvObservation seen) {
        return PictureCheck.of(seen.images());
    }

    /// Watches cameras for some seconds. Not those of a run under way: a camera has one user.
    ///
    /// @param pictures receives the newest picture of each that delivers
    public static List<Finding> cameras(Map<String, CameraSettings> cameras, Body body, Map<String, Image> pictures)
            throws InterruptedException {
        return CameraCheck.watch(cameras, body.fps(), pictures);
    }

    /// What resize and crop leave of the pictures, written to a folder as PNG.
    public static List<Finding> views(PolicyFacts policy, Body body, Map<String, Image> pictures, Path folder)
            throws IOException {
        return ViewCheck.of(policy, body, pictures, folder);
    }

    /// Makes some predictions and compares their time with that of their actions.
    ///
    /// @param topic     what the findings are about: `prediction`, `server`
    /// @param fps       control steps per second, 0 for as fast as it goes
    /// @param maxWaitMs after which a run stops the arm, or 0 for never
    /// @param pose      null, or the body whose joints the observation shows: then the first action must be near
    /// @throws sinew.runtime.serve.PolicyClientException when a prediction cannot be made
    public static List<Finding> predictions(String topic, PolicyClient client, EnvObservation observation, double fps,
            int maxWaitMs, PolicyFacts policy, Body pose) {
        LatencyCheck.Outcome outcome = LatencyCheck.of(topic, client, observation, fps, maxWaitMs);
        List<Finding> findings = new ArrayList<>(outcome.findings());
        if (pose != null) {
            findings.addAll(PoseCheck.firstAction(policy, pose, positions(observation), outcome.first()));
        }
        return findings;
    }

    /// Whether a server serves this policy.
    public static List<Finding> samePolicy(PolicyFacts local, PolicyFacts served) {
        return ServerCheck.samePolicy(local, served);
    }

    /// An observation that the policy takes, for want of a real one: joints in the middle of their ranges, grey pictures.
    public static EnvObservation standIn(PolicyFacts policy) {
        return StandIn.of(policy);
    }

    /// All arms' joints in the order of an action.
    private static float[] positions(EnvObservation seen) {
        int size = seen.states().values().stream().mapToInt(state -> state.length).sum();
        float[] positions = new float[size];
        int at = 0;
        for (float[] state : new LinkedHashMap<>(seen.states()).values()) {
            System.arraycopy(state, 0, positions, at, state.length);
            at += state.length;
        }
        return positions;
    }
}
