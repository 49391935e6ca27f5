package sinew.bench;

import sinew.bench.peers.Peer;

/// What another runtime would need for a prediction: one run of its encoder and one of its UNet for each step. The
/// sampler between them and whatever prepares the frames come for free. Whoever opened the peers closes them.
record PeerPrediction(Peer encoder, Peer unet, int steps) implements Contender {
    @Override
    public String name() {
        return unet.name();
    }

    @Override
    public void prepare() {}

    @Override
    public void run() {
        encoder.run();
        for (int step = 0; step < steps; step++) {
            unet.run();
        }
    }

    @Override
    public float[] output() {
        return unet.output();
    }

    @Override
    public void close() {}
}
