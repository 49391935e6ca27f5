package sinew.bench.peers.libtorch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.Platform;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import sinew.bench.peers.NetworkCase;
import sinew.bench.peers.Peer;
import sinew.bench.peers.PeerRuntime;
import sinew.bench.peers.export.ExportedModels;

/// PyTorch's library for C++ in its official build, through DJL.
public final class Libtorch implements PeerRuntime {
    private static final String NAME = "libtorch";
    private static final int LOG_ERRORS = 2; // c10::GLOG_ERROR

    @Override
    public List<String> names() {
        return List.of(NAME);
    }

    @Override
    public Peer open(String name, NetworkCase network, int threads, Path cache) throws Exception {
        start(threads, cache);
        return new LibtorchPeer(NAME, new ExportedModels(network, cache).torchScript(), network);
    }

    /// DJL reads these when its engine starts, which is once in a process.
    private static void start(int threads, Path cache) {
        // What is not on the class path must not be downloaded, and nobody needs to hear of the run.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        String folder = cache.resolve("djl").toAbsolutePath().toString();
        System.setProperty("DJL_CACHE_DIR", folder);
        System.setProperty("ENGINE_CACHE_DIR", folder);
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        if (Platform.detectPlatform("pytorch").isPlaceholder()) {
            throw new IllegalStateException("there is no libtorch for this machine on the class path");
        }
        Engine.getEngine("PyTorch");
        JniUtils.setNumThreads(threads); // for a process that opens peers with other numbers of threads
        logErrorsOnly();
    }

    /// Where NNPACK does not know the processor, libtorch says so at every convolution. DJL has no setting for its
    /// log level, so this writes the library's own variable.
    @SuppressWarnings("restricted")
    private static void logErrorsOnly() {
        SymbolLookup.loaderLookup().find("FLAGS_caffe2_log_level").ifPresent(level ->
                level.reinterpret(Integer.BYTES).set(ValueLayout.JAVA_INT, 0, LOG_ERRORS));
    }
}
