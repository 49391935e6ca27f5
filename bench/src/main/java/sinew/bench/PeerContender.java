package sinew.bench;

import sinew.bench.peers.Peer;

/// Another runtime's network in a race. The input stays in its tensors.
record PeerContender(Peer peer) implements Contender {
    @Override
    public String name() {
        return peer.name();
    }

    @Override
    public void prepare() {}

    @Override
    public void run() {
        peer.run();
    }

    @Override
    public float[] output() {
        return peer.output();
    }

    @Override
    public void close() {
        peer.close();
    }
}
