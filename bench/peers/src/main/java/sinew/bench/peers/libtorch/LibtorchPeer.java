package sinew.bench.peers.libtorch;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.NetworkInput;
import sinew.bench.peers.Peer;
import sinew.engine.policy.DiffusionSpec;

/// One TorchScript module in libtorch.
final class LibtorchPeer implements Peer {
    private final String name;
    private final NetworkCase network;
    private final Model model;
    private final DiffusionSpec spec;
    private final NDManager manager;
    private final ParameterStore parameters;
    private NDList inputs;
    private NDList result;

    LibtorchPeer(String name, Path script, NetworkCase network) throws IOException, MalformedModelException {
        this.name = name;
        this.network = network;
        spec = network.spec();
        String file = script.getFileName().toString();
        model = Model.newInstance(file, Device.cpu(), "PyTorch");
        model.load(script.getParent(), file.substring(0, file.length() - ".pt".length()));
        manager = model.getNDManager().newSubManager();
        parameters = new ParameterStore(manager, false);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean exact() {
        return true;
    }

    @Override
    public void set(NetworkInput input) {
        closeAll(inputs);
        int batch = network.batch();
        if (network.network() == NetworkCase.Network.ENCODER) {
            inputs = new NDList(manager.create(input.channelsFirst(network.height(), network.width()),
                    new Shape(batch, 3, network.height(), network.width())));
        } else {
            long[] steps = Arrays.stream(input.timesteps()).asLongStream().toArray();
            inputs = new NDList(
                    manager.create(input.values(), new Shape(batch, spec.horizon(), spec.action().size())),
                    manager.create(steps, new Shape(batch)),
                    manager.create(input.cond(), new Shape(batch, input.cond().length / batch)));
        }
    }

    @Override
    public void run() {
        closeAll(result);
        result = model.getBlock().forward(parameters, inputs, false);
    }

    @Override
    public float[] output() {
        if (result == null) {
            throw new IllegalStateException(name + " has not run yet");
        }
        return result.singletonOrThrow().toFloatArray();
    }

    private static void closeAll(NDList list) {
        if (list != null) {
            list.forEach(NDArray::close);
        }
    }

    @Override
    public void close() {
        closeAll(result);
        closeAll(inputs);
        manager.close();
        model.close();
    }
}
