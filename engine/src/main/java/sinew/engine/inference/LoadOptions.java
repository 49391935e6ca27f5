package sinew.engine.inference;

import java.util.function.Consumer;
import sinew.kernels.cuda.Devices;

/// How to load a policy.
///
/// @param threads  members of the worker team, the caller included; the number never changes a result
/// @param maxBatch most predictions of different sessions in one pass over the weights; the number never changes a
///                 result, and each costs the memory of one more set of intermediates
/// @param device   where the networks run, by the names of [sinew.kernels.cuda.Devices]: `cpu`, `cuda`, `cuda:N`, `auto`
/// @param warmUp   run the networks before the first prediction, so that it is as fast as the later ones
/// @param progress told in a few words what is being done; on the loading thread
public record LoadOptions(int threads, int maxBatch, String device, boolean warmUp, Consumer<String> progress) {
    private static final int MAX_BATCH = 8;

    public LoadOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("a policy needs at least one thread, not " + threads);
        }
        if (maxBatch < 1) {
            throw new IllegalArgumentException("a pass holds at least one prediction, not " + maxBatch);
        }
        Devices.requireName(device);
    }

    /// This machine's processor with a thread per core, up to eight predictions in a pass, warmed up, in silence.
    public static LoadOptions defaults() {
        return new LoadOptions(Runtime.getRuntime().availableProcessors(), MAX_BATCH, "cpu", true, message -> {});
    }

    public LoadOptions withThreads(int threads) {
        return new LoadOptions(threads, maxBatch, device, warmUp, progress);
    }

    public LoadOptions withMaxBatch(int maxBatch) {
        return new LoadOptions(threads, maxBatch, device, warmUp, progress);
    }

    public LoadOptions withDevice(String device) {
        return new LoadOptions(threads, maxBatch, device, warmUp, progress);
    }

    public LoadOptions withWarmUp(boolean warmUp) {
        return new LoadOptions(threads, maxBatch, device, warmUp, progress);
    }

    public LoadOptions withProgress(Consumer<String> progress) {
        return new LoadOptions(threads, maxBatch, device, warmUp, progress);
    }
}
