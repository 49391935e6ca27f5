package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.ParameterException;
import sinew.convert.CheckpointException;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.Image;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightsFile;
import sinew.engine.weights.WeightsFormatException;
import sinew.kernels.Device;
import sinew.kernels.DeviceException;
import sinew.kernels.cuda.Devices;
import sinew.runtime.arm.RobotArm;
import sinew.runtime.arm.RobotException;
import sinew.runtime.checks.Body;
import sinew.runtime.checks.Checks;
import sinew.runtime.checks.Finding;
import sinew.runtime.checks.PolicyFacts;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvTask;
import sinew.runtime.serve.ConnectionEvents;
import sinew.runtime.serve.InProcessPolicyClient;
import sinew.runtime.serve.PolicyClient;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.serve.PolicyClientException;
import sinew.runtime.serve.PolicyMetadata;
import sinew.runtime.serve.WebSocketPolicyClient;

/// One examination: policy, server, arm and cameras, then all of them together.
final class DoctorRun {
    private final Plan plan;
    private final Consumer<Finding> hears;
    private final PrintWriter progress;
    private final List<Finding> findings = new ArrayList<>();

    // As they are found, null where they are not.
    private Path weights;
    private PolicyFacts local;
    private PolicyFacts served;
    private float[] positions; // [joints]
    private final Map<String, Image> pictures = new LinkedHashMap<>();

    /// What to examine.
    ///
    /// @param policy null for none in this process
    /// @param server null for none
    /// @param world  null for none
    /// @param fps    control steps per second of the run to come
    record Plan(Path policy, WeightTypeFlag type, SamplingFlags sampling, PolicyClientConfig server, World world,
            double fps, Path pictures, LoadOptions load) {}

    /// @param hears    of every finding as soon as there is one
    /// @param progress where a conversion shows how it goes on
    DoctorRun(Plan plan, Consumer<Finding> hears, PrintWriter progress) {
        this.plan = plan;
        this.hears = hears;
        this.progress = progress;
    }

    /// @throws IOException when the pictures cannot be written
    List<Finding> examine() throws IOException, InterruptedException {
        readPolicy();
        if (local != null) {
            lookAtDevice();
        }
        try (PolicyClient client = connect()) {
            if (local != null && served != null) {
                add(Checks.samePolicy(local, served));
            }
            boolean fits = fit();
            lookAround();
            predict(client, fits);
        }
        return findings;
    }

    private void add(Finding finding) {
        findings.add(finding);
        hears.accept(finding);
    }

    private void add(List<Finding> more) {
        more.forEach(this::add);
    }

    /// The policy in this process, or the served one, or null.
    private PolicyFacts facts() {
        return local != null ? local : served;
    }

    private void readPolicy() {
        if (plan.policy() == null) {
            return;
        }
        try (ConversionProgress shown = new ConversionProgress(progress)) {
            weights = plan.type().weights(plan.policy(), shown);
        } catch (CheckpointException | WeightsFormatException | IOException e) {
            add(Finding.error("policy", CommandFailures.message(e), "give --policy.path a file that sinew convert wrote, or"
                    + " a checkpoint directory"));
            return;
        }
        try (WeightsFile file = WeightsFile.openHeader(weights)) {
            PolicySpec spec = SpecMetadata.read(file.metadata());
            local = PolicyFacts.of(spec, SpecMetadata.ranges(spec, file.metadata()));
            add(Finding.ok("policy", plan.policy() + ": " + spec.type() + ", " + spec.nActionSteps() + " actions of "
                    + spec.action().size() + " values from "
                    + (spec.nObsSteps() == 1 ? "one observation of " : spec.nObsSteps() + " observations of ")
                    + String.join(", ", spec.inputs().stream().map(feature -> feature.name()).toList())));
        } catch (WeightsFormatException | IOException e) {
            add(Finding.error("policy", CommandFailures.message(e), "convert it again: sinew convert DIR -o FILE"));
        }
    }

    /// Where the policy will compute; and whether it could elsewhere.
    private void lookAtDevice() {
        try (Device device = Devices.open(plan.load().device())) {
            String unused = device == Device.CPU ? Devices.gpuProblem() : null;
            String more = device != Device.CPU ? ""
                    : unused == null ? "; --device cuda would take the GPU" : "; no GPU: " + unused.split("\\. ")[0];
            add(Finding.ok("device", device.name() + ", " + device.description() + more));
        } catch (DeviceException e) {
            add(Finding.error("device", e.getMessage(), "choose another one with --device"));
            local = null;
        }
    }

    /// Null where there is no server.
    private PolicyClient connect() {
        if (plan.server() == null) {
            return null;
        }
        try {
            PolicyClient client =
                    WebSocketPolicyClient.connect(plan.server().withMaxWait(Duration.ZERO), ConnectionEvents.SILENT);
            served = PolicyFacts.of(client.metadata());
            Object path = client.metadata().get("model_path");
            add(Finding.ok("server", plan.server().displayAddress() + " answers"
                    + (path instanceof String text ? " and serves " + text : "")));
            return client;
        } catch (PolicyClientException e) {
            boolean nobody = e.getCause() instanceof ConnectException;
            add(Finding.error("server",
                    nobody ? "nobody answers at " + plan.server().displayAddress() : e.getMessage(),
                    "start one with sinew serve --policy.path ..., and see that name, port and firewall let this machine"
                    + " in"));
            return null;
        }
    }

    /// Whether policy and world can be brought together at all; true where there is only one of them.
    private boolean fit() {
        if (plan.world() == null || facts() == null) {
            return true;
        }
        List<Finding> found = Checks.fit(facts(), plan.world().body(), plan.world().allowUnitMismatch());
        add(found);
        return found.stream().noneMatch(Finding::isError);
    }

    private void lookAround() throws IOException, InterruptedException {
        switch (plan.world()) {
            case null -> {}
            case World.Robot robot -> {
                feel(robot);
                add(Checks.cameras(robot.cameras(), robot.body(), pictures));
            }
            case World other -> {
                try (Env env = other.open(notice -> {})) {
                    EnvObservation seen = env.reset();
                    pictures.putAll(seen.images());
                    positions = joined(seen.states());
                }
            }
        }
        if (plan.world() == null) {
            return;
        }
        Body body = plan.world().body();
        if (facts() != null && positions != null && body.kind() != Body.Kind.PAPER) {
            add(Checks.pose(facts(), body, observation(body)));
        }
        add(Checks.pictures(new EnvObservation(Map.of(), pictures, null)));
        if (facts() != null && !pictures.isEmpty()) {
            add(Checks.views(facts(), body, pictures, plan.pictures()));
        }
    }

    /// Opens the arm without writing anything to it.
    private void feel(World.Robot robot) {
        float[] now = new float[robot.actionDim()];
        try {
            Checks.calibration(robot.arm().calibrations(), robot.body()).forEach(this::add);
            try (RobotArm arm = robot.arm().connect(true)) {
                arm.readPositions(now);
                arm.takeNotices().forEach(notice -> add(Finding.warning("arm", notice, null)));
            }
            positions = now;
            List<String> words = new ArrayList<>();
            for (int i = 0; i < now.length; i++) {
                words.add(String.format(Locale.ROOT, "%s %.1f", robot.body().jointNames().get(i), now[i]));
            }
            add(Finding.ok("arm", "all servos answer and have the calibration's values; it stands at "
                    + String.join(", ", words)));
        } catch (RobotException e) {
            add(Finding.error("arm", e.getMessage(), "sinew arm scan and sinew arm status look closer"));
        }
    }

    private void predict(PolicyClient client, boolean fits) throws IOException {
        if (facts() == null) {
            return;
        }
        boolean real = fits && plan.world() != null && positions != null
                && pictures.keySet().containsAll(plan.world().body().cameras().keySet());
        Body pose = real && plan.world().body().kind() != Body.Kind.PAPER ? plan.world().body() : null;
        if (client != null) {
            if (real || !served.inputs().isEmpty()) {
                EnvObservation shown = real ? observation(plan.world().body()) : Checks.standIn(served);
                predictions("server", client, shown, served, pose);
            }
        } else if (local != null) {
            predictHere(real ? observation(plan.world().body()) : Checks.standIn(local), pose);
        }
    }

    private void predictHere(EnvObservation shown, Body pose) throws IOException {
        try (Policy policy = Policies.load(weights, plan.load())) {
            Map<String, Object> metadata = PolicyMetadata.of(
                    policy, "doctor", weights.toString(), policy.device(), policy.spec().nActionSteps());
            try (PolicyClient here = new InProcessPolicyClient(
                    policy, new TorchRandom(0), plan.sampling().checkedFor(policy), metadata)) {
                predictions("prediction", here, shown, local, pose);
            }
        } catch (WeightsFormatException | ParameterException e) {
            add(Finding.error("policy", e.getMessage(), null));
        }
    }

    private void predictions(String topic, PolicyClient client, EnvObservation shown, PolicyFacts facts, Body pose) {
        int maxWaitMs = plan.world() instanceof World.Robot robot ? robot.options().maxWaitMs() : 0;
        try {
            add(Checks.predictions(topic, client, shown, plan.fps(), maxWaitMs, facts, pose));
        } catch (PolicyClientException e) {
            add(Finding.error(topic, e.getMessage(), "see what the server says (sinew serve), and whether task and cameras"
                    + " are those of the policy"));
        }
    }

    private EnvObservation observation(Body body) {
        Map<String, float[]> states = new LinkedHashMap<>();
        List<String> arms = body.task().arms();
        for (int i = 0; i < arms.size(); i++) {
            float[] state = new float[EnvTask.ARM_JOINTS];
            System.arraycopy(positions, i * EnvTask.ARM_JOINTS, state, 0, EnvTask.ARM_JOINTS);
            states.put(arms.get(i), state);
        }
        return new EnvObservation(states, pictures, body.task().prompt());
    }

    private static float[] joined(Map<String, float[]> states) {
        float[] all = new float[states.values().stream().mapToInt(state -> state.length).sum()];
        int at = 0;
        for (float[] state : states.values()) {
            System.arraycopy(state, 0, all, at, state.length);
            at += state.length;
        }
        return all;
    }
}
