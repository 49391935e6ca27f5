package sinew.bench.machine;

import java.util.List;

/// What this machine can do at most with a number of threads, measured and not read from a data sheet.
///
/// @param read     bytes per second, every thread reading its own part of a large block from end to end
/// @param stepRead bytes per second, the worker team meeting after each piece of the size of a layer, as a
///                 denoising step reads its weights
/// @param fma      float32 operations per second (a fused multiply-add is two), by width of the vectors
public record Limits(int threads, Rate read, Rate stepRead, List<Fma> fma) {
    /// Peak at one width of vectors, in bits.
    public record Fma(int bits, Rate rate) {}

    public Limits {
        fma = List.copyOf(fma);
    }

    /// Bytes per second that no step exceeds.
    public double bytesPerSecond() {
        return Math.max(read.median(), stepRead.median());
    }

    /// Operations per second at the best width, whether or not the kernels use it.
    public double flopsPerSecond() {
        return fma.stream().mapToDouble(f -> f.rate().median()).max().orElseThrow();
    }
}
