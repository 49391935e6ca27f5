package sinew.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.NetworkInput;
import sinew.bench.peers.Peer;
import sinew.convert.SyntheticPreset;
import sinew.kernels.WeightType;
import sinew.kernels.Workers;

/// Networks beside made-up peers.
class PeersRaceTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Report report = new Report(new PrintWriter(out), new PrintWriter(err), Samples.LIMITS);
    private final List<String> turns = new ArrayList<>();
    private final List<TwinPeer> opened = new ArrayList<>();

    @Test
    void runsInTurnAndComparesOutputs() throws IOException {
        unet(0, 0);
        assertEquals(List.of("unet/tiny/b2/f32", "unet/tiny/b2/bf16"),
                report.figures().stream().map(Figure::id).toList());
        for (Figure figure : report.figures()) {
            assertEquals(List.of("exact", "quantised"), figure.peers().stream().map(Figure.Versus::name).toList());
            assertEquals(0, figure.peers().getFirst().deviation());
            assertEquals(figure.peers().getFirst().value() / figure.value(), figure.peers().getFirst().ratio());
            assertTrue(figure.share(Samples.LIMITS) > 0);
        }
        assertEquals(List.of("exact", "quantised", "exact", "quantised", "exact", "quantised"),
                turns.subList(turns.size() - 6, turns.size()));
        assertEquals(List.of(), report.failures());
        assertTrue(opened.stream().allMatch(peer -> peer.closed));
        assertTrue(err.toString().contains("without absent: not on this machine"));
    }

    @Test
    void failsLoudlyWhenAnExactPeerDiffers() throws IOException {
        unet(0.01f, 0.5f);
        assertEquals(1, report.failures().size(), report.failures().toString());
        assertTrue(report.failures().getFirst().startsWith("unet/tiny/b2: the output of exact is "), err.toString());
        assertTrue(err.toString().contains("DIFFERENT OUTPUT"));
        assertFalse(err.toString().contains("quantised is"));
    }

    /// @param exactOff     added to the output of the peer that claims to be exact
    /// @param quantisedOff added to the output of the other
    private void unet(float exactOff, float quantisedOff) throws IOException {
        PeerSource peers = (network, threads, skipped) -> {
            skipped.accept("absent", "not on this machine");
            opened.add(new TwinPeer("exact", true, exactOff, network));
            opened.add(new TwinPeer("quantised", false, quantisedOff, network));
            return List.copyOf(opened);
        };
        try (Workers workers = Workers.of(2)) {
            Setup setup = new Setup(workers, Samples.LIMITS, 3, true, peers,
                    new SyntheticModels(folder, progress -> {}), report);
            new NetworkBench(setup).unet(new Job.Unet(SyntheticPreset.TINY, 2, List.of(WeightType.BF16)));
        }
    }

    /// Our own network under another name.
    private final class TwinPeer implements Peer {
        private final String name;
        private final boolean exact;
        private final float off;
        private final Workers workers = Workers.of(1);
        private final OurUnet twin;
        private boolean closed;

        TwinPeer(String name, boolean exact, float off, NetworkCase network) {
            this.name = name;
            this.exact = exact;
            this.off = off;
            assertEquals(NetworkCase.Network.UNET_STEP, network.network());
            try {
                twin = new OurUnet(name, network.weights(), network.batch(), workers);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean exact() {
            return exact;
        }

        @Override
        public void set(NetworkInput input) {
            twin.set(input);
        }

        @Override
        public void run() {
            turns.add(name);
            twin.run();
        }

        @Override
        public float[] output() {
            float[] values = twin.output();
            values[0] += off;
            return values;
        }

        @Override
        public void close() {
            closed = true;
            twin.close();
            workers.close();
        }
    }
}
