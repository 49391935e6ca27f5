package sinew.bench;

import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.Peer;

/// Where the others come from: [sinew.bench.peers.Peers], nobody, or made-up ones in tests.
@FunctionalInterface
interface PeerSource {
    PeerSource NOBODY = (network, threads, skipped) -> List.of();

    /// @param skipped told the name of each peer that is left out, and why
    List<Peer> open(NetworkCase network, int threads, BiConsumer<String, String> skipped) throws IOException;
}
