package sinew.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.NetworkCase.Network;
import sinew.bench.peers.NetworkInput;
import sinew.bench.peers.Peer;
import sinew.convert.SyntheticPreset;
import sinew.engine.policy.VisionSpec.Size;
import sinew.kernels.Device;
import sinew.kernels.Kernels;
import sinew.kernels.Rehearsal;
import sinew.kernels.WeightType;

/// Times single networks with each weight type, and beside them the same network in other runtimes.
final class NetworkBench {
    /// Two cameras at two observation steps.
    private static final int IMAGES = 4;
    private static final long REHEARSAL_NANOS = 3_000_000_000L;

    private final Setup setup;

    NetworkBench(Setup setup) {
        this.setup = setup;
    }

    void unet(Job.Unet job) throws IOException {
        for (List<WeightType> together : groups(job.types())) {
            try (Closers closers = new Closers()) {
                List<OurUnet> ours = new ArrayList<>();
                for (WeightType type : together) {
                    Path file = setup.models().weights(job.preset(), type);
                    rehearse(type, false);
                    ours.add(closers.add(new OurUnet(Job.lower(type), file, job.batch(), setup.workers())));
                }
                OurUnet first = ours.getFirst();
                NetworkInput input = Noise.unet(job.batch(), first.sampleSize(), first.conditionSize());
                ours.forEach(our -> our.set(input));
                List<Peer> peers = peers(job.preset(), input, closers, Network.UNET_STEP, job.batch(), new Size(0, 0));
                race(job.id(), ours, peers, job.batch());
            }
        }
    }

    void encoder(Job.Encoder job) throws IOException {
        for (List<WeightType> together : groups(job.types())) {
            try (Closers closers = new Closers()) {
                List<OurEncoder> ours = new ArrayList<>();
                for (WeightType type : together) {
                    Path file = setup.models().weights(job.preset(), type);
                    rehearse(type, true);
                    ours.add(closers.add(new OurEncoder(Job.lower(type), file, IMAGES, setup.workers())));
                }
                Size size = ours.getFirst().size();
                NetworkInput input = Noise.images(IMAGES, size.height(), size.width());
                ours.forEach(our -> our.set(input));
                List<Peer> peers = peers(job.preset(), input, closers, Network.ENCODER, IMAGES, size);
                race(job.id(), ours, peers, IMAGES);
            }
        }
    }

    /// Types that share a race. Alone, one after the other: a small machine then holds one set of weights at a time.
    /// Beside peers all at once, and f32 among them, as the outputs are compared with its.
    private List<List<WeightType>> groups(List<WeightType> types) {
        if (setup.peers() == PeerSource.NOBODY) {
            return types.stream().map(List::of).toList();
        }
        Set<WeightType> all = new LinkedHashSet<>(List.of(WeightType.F32));
        all.addAll(types);
        return List.of(List.copyOf(all));
    }

    private List<Peer> peers(
            SyntheticPreset preset, NetworkInput input, Closers closers, Network network, int batch, Size size)
            throws IOException {
        if (setup.peers() == PeerSource.NOBODY) {
            return List.of();
        }
        setup.report().progress("opening the peers; the first time this exports models for them");
        Path weights = setup.models().weights(preset, WeightType.F32);
        NetworkCase given = new NetworkCase(weights, network, batch, size.height(), size.width());
        List<Peer> peers = setup.peers().open(given, setup.workers().size(), setup.report()::skipped);
        for (Peer peer : peers) {
            closers.add(new PeerContender(peer)).peer().set(input);
        }
        return peers;
    }

    /// Compiles the kernels on tiny operands, as loading a policy does: on real ones it takes far longer.
    private static void rehearse(WeightType type, boolean pictures) {
        Rehearsal.run(Kernels.best(), type, pictures, REHEARSAL_NANOS, () -> false);
    }

    private void race(String id, List<? extends OurNetwork> ours, List<Peer> peers, int batch) {
        List<Contender> all = new ArrayList<>(ours);
        peers.forEach(peer -> all.add(new PeerContender(peer)));
        List<Times> times = Race.run(all, setup.runs());
        float[] reference = output(ours.getFirst());
        for (int i = 0; i < ours.size(); i++) {
            OurNetwork our = ours.get(i);
            Figure figure = Figure.millis(
                    id + "/" + our.name(), times.get(i), List.of(Load.of(our.plan(), batch)));
            List<Figure.Versus> versus = new ArrayList<>();
            for (int p = 0; p < peers.size(); p++) {
                versus.add(versus(peers.get(p), times.get(ours.size() + p), times.get(i), reference));
            }
            setup.report().add(figure.withPeers(versus));
            if (setup.profile()) {
                Profile profile = Profile.of(our.plan().profile(Device.CPU, setup.workers(), batch, setup.runs()), batch);
                setup.report().profile(figure.id(), profile);
            }
        }
        for (Peer peer : peers) {
            setup.report().compared(id, peer.name(), Outputs.deviation(reference, peer.output()), peer.exact());
        }
    }

    private static float[] output(Contender contender) {
        contender.prepare();
        contender.run();
        return contender.output();
    }

    private static Figure.Versus versus(Peer peer, Times theirs, Times ours, float[] reference) {
        return new Figure.Versus(peer.name(), theirs.median(), theirs.min(), theirs.median() / ours.median(),
                Outputs.deviation(reference, peer.output()));
    }
}
