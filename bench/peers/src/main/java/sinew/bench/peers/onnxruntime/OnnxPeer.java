package sinew.bench.peers.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.NetworkInput;
import sinew.bench.peers.Peer;

/// One model in ONNX Runtime.
final class OnnxPeer implements Peer {
    private final String name;
    private final boolean exact;
    private final NetworkCase network;
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private OrtSession.Result result;

    OnnxPeer(String name, boolean exact, Path model, NetworkCase network, int threads) throws OrtException {
        this.name = name;
        this.exact = exact;
        this.network = network;
        session = Sessions.open(model, threads);
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
        try {
            closeInputs();
            if (network.network() == NetworkCase.Network.ENCODER) {
                floats("images", input.channelsFirst(network.height(), network.width()));
            } else {
                floats("sample", input.values());
                floats("cond", input.cond());
                long[] steps = Arrays.stream(input.timesteps()).asLongStream().toArray();
                inputs.put("timestep",
                        OnnxTensor.createTensor(Sessions.ENVIRONMENT, LongBuffer.wrap(steps), shape("timestep")));
            }
        } catch (OrtException e) {
            throw failure(e);
        }
    }

    private void floats(String input, float[] values) throws OrtException {
        inputs.put(input, OnnxTensor.createTensor(Sessions.ENVIRONMENT, FloatBuffer.wrap(values), shape(input)));
    }

    private long[] shape(String input) throws OrtException {
        return ((TensorInfo) session.getInputInfo().get(input).getInfo()).getShape();
    }

    @Override
    public void run() {
        closeResult();
        try {
            result = session.run(inputs);
        } catch (OrtException e) {
            throw failure(e);
        }
    }

    @Override
    public float[] output() {
        if (result == null) {
            throw new IllegalStateException(name + " has not run yet");
        }
        FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    private IllegalStateException failure(OrtException e) {
        return new IllegalStateException(name + ": " + e.getMessage(), e);
    }

    private void closeInputs() {
        inputs.values().forEach(OnnxTensor::close);
        inputs.clear();
    }

    private void closeResult() {
        if (result != null) {
            result.close();
            result = null;
        }
    }

    @Override
    public void close() {
        closeResult();
        closeInputs();
        try {
            session.close();
        } catch (OrtException e) {
            throw failure(e);
        }
    }
}
