package sinew.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.BiConsumer;
import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.WeightType;

/// What a user would otherwise run, with our weights in it.
public final class Peers {
    /// All peers that there are, in the order in which they are opened.
    public static final List<String> NAMES =
            List.of("onnxruntime-f32", "onnxruntime-f32-2d", "onnxruntime-int8", "libtorch");

    private Peers() {}

    /// Opens every peer that this machine can run for the case.
    ///
    /// @param threads threads of each peer
    /// @param cache   folder for exported models and unpacked libraries, some gigabytes for large networks; whatever
    ///                is missing there is made again
    /// @param skipped told the name of each peer that is left out, and why
    /// @throws IOException              when the weights or the cache cannot be read or written
    /// @throws IllegalArgumentException when the weights are not F32, or threads are fewer than 1
    public static List<Peer> open(NetworkCase network, int threads, Path cache, BiConsumer<String, String> skipped)
            throws IOException {
        if (threads < 1) {
            throw new IllegalArgumentException("want threads from 1 on, not " + threads);
        }
        requireF32(network.weights());
        Files.createDirectories(cache);
        List<String> missing = new ArrayList<>(NAMES);
        List<Peer> peers = new ArrayList<>();
        for (PeerRuntime runtime : ServiceLoader.load(PeerRuntime.class)) {
            for (String name : runtime.names()) {
                missing.remove(name);
                Peer peer = open(runtime, name, network, threads, cache, skipped);
                if (peer != null) {
                    peers.add(peer);
                }
            }
        }
        missing.forEach(name ->
                skipped.accept(name, "its library is not on the class path; `sinew bench --peers` puts it there"));
        return peers;
    }

    /// Null when the peer was skipped. A library that does not fit the machine fails to link: that is a reason too.
    private static Peer open(PeerRuntime runtime, String name, NetworkCase network, int threads, Path cache,
            BiConsumer<String, String> skipped) {
        try {
            return runtime.open(name, network, threads, cache);
        } catch (Exception | LinkageError e) {
            Throwable cause = e instanceof ExceptionInInitializerError && e.getCause() != null ? e.getCause() : e;
            skipped.accept(name, cause.getMessage() == null ? cause.toString() : cause.getMessage());
            return null;
        }
    }

    private static void requireF32(Path weights) throws IOException {
        try (WeightsFile file = WeightsFile.openHeader(weights)) {
            for (TensorInfo tensor : file.tensors()) {
                if (tensor.type() != WeightType.F32) {
                    throw new IllegalArgumentException(weights + " has weights of type " + tensor.type()
                            + "; peers want F32. Convert the checkpoint with --type f32");
                }
            }
        }
    }
}
