package sinew.bench.peers.onnxruntime;

import java.nio.file.Path;
import java.util.List;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.Peer;
import sinew.bench.peers.PeerRuntime;
import sinew.bench.peers.export.ExportedModels;

/// ONNX Runtime's CPU provider, from its Java package.
public final class OnnxRuntime implements PeerRuntime {
    private static final String F32 = "onnxruntime-f32";
    private static final String LIFTED = "onnxruntime-f32-2d";
    private static final String INT8 = "onnxruntime-int8";

    @Override
    public List<String> names() {
        return List.of(F32, LIFTED, INT8);
    }

    @Override
    public Peer open(String name, NetworkCase network, int threads, Path cache) throws Exception {
        if (name.equals(LIFTED) && network.network() == NetworkCase.Network.ENCODER) {
            throw new IllegalArgumentException("the encoder has no convolutions over time to lift: see " + F32);
        }
        ExportedModels models = new ExportedModels(network, cache);
        Path model = switch (name) {
            case F32 -> models.onnx(false);
            case LIFTED -> models.onnx(true);
            case INT8 -> models.int8Onnx(() -> Calibration.observe(models.observedOnnx(), threads));
            default -> throw new IllegalArgumentException("no peer " + name);
        };
        return new OnnxPeer(name, !name.equals(INT8), model, network, threads);
    }
}
