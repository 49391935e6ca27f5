package sinew.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.NetworkCase.Network;
import sinew.bench.peers.NetworkInput;
import sinew.bench.peers.Peer;
import sinew.convert.SyntheticPreset;
import sinew.engine.features.ImagePreprocessor;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.inference.PolicyProfile;
import sinew.engine.nn.Plan;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.kernels.WeightType;

/// Times whole predictions of a loaded policy, and the networks in them.
final class PredictBench {
    /// DDIM for synthetic models, whatever their config says: it is what robots run.
    private static final int STEPS = 10;
    private static final SamplingOptions DDIM = new SamplingOptions(SchedulerSpec.Kind.DDIM, STEPS);

    private final Setup setup;

    PredictBench(Setup setup) {
        this.setup = setup;
    }

    void synthetic(Job.Predict job) throws IOException {
        measure(job.id(), setup.models().weights(job.preset(), job.type()), DDIM, job.preset());
    }

    /// As the policy's own config samples.
    void file(Job.PredictFile job) throws IOException {
        if (setup.peers() != PeerSource.NOBODY) {
            setup.report().skipped("peers of " + job.weights().getFileName(), "they are measured on synthetic models");
        }
        measure(job.id(), job.weights(), SamplingOptions.FROM_CHECKPOINT, null);
    }

    /// @param preset null when there is nothing to give the peers
    private void measure(String id, Path weights, SamplingOptions sampling, SyntheticPreset preset)
            throws IOException {
        LoadOptions load = LoadOptions.defaults().withThreads(setup.workers().size());
        try (Policy policy = Policies.load(weights, load); Closers closers = new Closers()) {
            DiffusionSpec spec = (DiffusionSpec) policy.spec();
            int steps = sampling.steps() == null ? spec.scheduler().numInferenceSteps() : sampling.steps();
            List<Contender> all = new ArrayList<>();
            all.add(new OurPrediction(policy, sampling));
            if (preset != null) {
                all.addAll(peers(preset, spec, steps, closers));
            }
            List<Times> times = Race.run(all, setup.runs());
            List<PolicyProfile.Stage> stages = PolicyProfile.measure(policy, setup.runs()); // all is compiled by now
            parts(id, stages);
            Figure whole = Figure.millis(id + "/prediction", times.getFirst(), loads(spec, steps, stages));
            setup.report().add(whole.withPeers(versus(all, times)));
            if (setup.profile()) {
                for (PolicyProfile.Stage stage : stages) {
                    setup.report().profile(id + "/" + stage.name(), Profile.of(stage.steps(), stage.batch()));
                }
            }
        }
    }

    /// A figure for each network.
    private void parts(String id, List<PolicyProfile.Stage> stages) {
        for (PolicyProfile.Stage stage : stages) {
            double best = stage.steps().stream().mapToDouble(Plan.StepTime::minMillis).sum();
            String name = id + "/" + stage.name() + "-x" + stage.batch();
            setup.report().add(Figure.millis(name, new Times(stage.millis(), best), List.of(load(stage))));
        }
    }

    private static Load load(PolicyProfile.Stage stage) {
        return Load.sum(stage.steps().stream().map(step -> Load.of(step, stage.batch())).toList());
    }

    /// Of a whole prediction: all images, the condition, all steps.
    private static List<Load> loads(DiffusionSpec spec, int steps, List<PolicyProfile.Stage> stages) {
        List<Load> loads = new ArrayList<>();
        for (PolicyProfile.Stage stage : stages) {
            loads.add(load(stage).times(switch (stage.name()) {
                case "encode" -> Math.ceilDiv(images(spec), stage.batch());
                case "denoise" -> steps;
                default -> 1;
            }));
        }
        return loads;
    }

    private static int images(DiffusionSpec spec) {
        return spec.nObsSteps() * spec.cameras().size();
    }

    private List<PeerPrediction> peers(SyntheticPreset preset, DiffusionSpec spec, int steps, Closers closers)
            throws IOException {
        if (setup.peers() == PeerSource.NOBODY) {
            return List.of();
        }
        setup.report().progress("opening the peers");
        Path weights = setup.models().weights(preset, WeightType.F32);
        Feature camera = spec.cameras().getFirst();
        Size size = ImagePreprocessor.outputSize(
                new Size(camera.shape().get(1), camera.shape().get(2)), spec.vision());
        List<Peer> encoders = open(new NetworkCase(
                weights, Network.ENCODER, images(spec), size.height(), size.width()), closers);
        List<Peer> unets = open(new NetworkCase(weights, Network.UNET_STEP, 1, 0, 0), closers);
        NetworkInput pictures = Noise.images(images(spec), size.height(), size.width());
        NetworkInput sample = Noise.unet(
                1, spec.horizon() * spec.action().size(), spec.nObsSteps() * spec.condPerStep());
        List<PeerPrediction> predictions = new ArrayList<>();
        for (Peer unet : unets) {
            for (Peer encoder : encoders) {
                if (encoder.name().equals(unet.name())) {
                    encoder.set(pictures);
                    unet.set(sample);
                    predictions.add(new PeerPrediction(encoder, unet, steps));
                }
            }
        }
        return predictions;
    }

    private List<Peer> open(NetworkCase network, Closers closers) throws IOException {
        List<Peer> peers = setup.peers().open(network, setup.workers().size(), setup.report()::skipped);
        peers.forEach(peer -> closers.add(new PeerContender(peer)));
        return peers;
    }

    private static List<Figure.Versus> versus(List<Contender> all, List<Times> times) {
        List<Figure.Versus> versus = new ArrayList<>();
        for (int i = 1; i < all.size(); i++) {
            versus.add(new Figure.Versus(all.get(i).name(), times.get(i).median(), times.get(i).min(),
                    times.get(i).median() / times.getFirst().median(), Double.NaN));
        }
        return versus;
    }
}
