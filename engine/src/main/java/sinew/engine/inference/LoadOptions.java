package sinew.engine.inference;

import java.util.function.Consumer;

/// How to load a policy.
///
/// @param threads  members of the worker team, the caller included; the number never changes a result
/// @param warmUp   run the networks before the first prediction, so that it is as fast as the later ones
/// @param progress told in a few words what is being done; on the loading thread
public record LoadOptions(int threads, boolean warmUp, Consumer<String> progress) {
    public LoadOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("a policy needs at least one thread, not " + threads);
        }
    }

    /// A thread per core, warmed up, in silence.
    public static LoadOptions defaults() {
        return new LoadOptions(Runtime.getRuntime().availableProcessors(), true, message -> {});
    }

    public LoadOptions withThreads(int threads) {
        return new LoadOptions(threads, warmUp, progress);
    }

    public LoadOptions withWarmUp(boolean warmUp) {
        return new LoadOptions(threads, warmUp, progress);
    }

    public LoadOptions withProgress(Consumer<String> progress) {
        return new LoadOptions(threads, warmUp, progress);
    }
}
