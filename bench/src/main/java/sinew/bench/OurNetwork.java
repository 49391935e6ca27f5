package sinew.bench;

import sinew.bench.peers.NetworkInput;
import sinew.engine.nn.Plan;

/// One of our networks, laid out for one batch.
interface OurNetwork extends Contender {
    void set(NetworkInput input);

    Plan plan();
}
