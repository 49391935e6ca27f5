package sinew.bench.peers.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;

/// Sessions set up for speed: every optimisation, as many threads as asked for.
final class Sessions {
    static final OrtEnvironment ENVIRONMENT =
            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "sinew");

    private Sessions() {}

    static OrtSession open(Path model, int threads) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // Within a run its threads spin as ever; after it they must not disturb what is timed next.
            options.addConfigEntry("session.force_spinning_stop", "1");
            return ENVIRONMENT.createSession(model.toString(), options);
        }
    }
}
