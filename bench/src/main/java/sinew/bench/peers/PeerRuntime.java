package sinew.bench.peers;

import java.nio.file.Path;
import java.util.List;

/// A runtime to compare with. [Peers] finds implementations with the ServiceLoader: those of the module bench/peers,
/// which `sinew bench --peers` builds and puts on the class path.
public interface PeerRuntime {
    /// Names of the peers that it can open.
    List<String> names();

    /// Opens one of them.
    ///
    /// @param cache folder for exported models and unpacked libraries
    /// @throws Exception whatever keeps the runtime from computing the network here
    Peer open(String name, NetworkCase network, int threads, Path cache) throws Exception;
}
