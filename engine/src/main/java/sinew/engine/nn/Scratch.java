package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import sinew.kernels.Device;

/// Memory for intermediates that is handed on while a plan is laid out: what a later step no longer reads becomes
/// the place of another result. Plans that never run at the same time may share one.
public final class Scratch {
    private final Device device;
    private final Arena arena;
    private final List<MemorySegment> free = new ArrayList<>();

    public Scratch(Device device, Arena arena) {
        this.device = device;
        this.arena = arena;
    }

    /// A place for [maxBatch, positions, channels]: the tightest free one that fits, or a new one.
    Activations take(int maxBatch, int positions, int channels) {
        long bytes = (long) maxBatch * positions * channels * Float.BYTES;
        MemorySegment best = null;
        for (MemorySegment candidate : free) {
            if (candidate.byteSize() >= bytes && (best == null || candidate.byteSize() < best.byteSize())) {
                best = candidate;
            }
        }
        if (best == null) {
            best = device.allocate(arena, bytes);
        } else {
            free.remove(best);
        }
        return Activations.over(device, best, maxBatch, positions, channels);
    }

    /// Gives a place back; steps that are added from now on may overwrite it.
    void give(Activations done) {
        free.add(done.memory());
    }
}
