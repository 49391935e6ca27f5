package sinew.bench.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import jdk.incubator.vector.FloatVector;
import sinew.kernels.NativeMemory;
import sinew.kernels.Workers;

/// Measures [Limits]. Holds the memory that it reads until it is closed.
public final class LimitsMeter implements AutoCloseable {
    /// Beyond any cache.
    private static final long BYTES = 768L << 20;
    /// Of one pass. Many short passes: a neighbour that takes the core away spoils few of them, and the median none.
    private static final long PASS = 96L << 20;
    /// About the weights of a layer of the default UNet.
    private static final long LAYER = 12L << 20;
    private static final int FMA_ROUNDS = 50_000;
    private static final int LEAST_PASSES = 20;
    private static final int MOST_BITS = 512;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = NativeMemory.bytes(arena, BYTES);
    private final int[] bits;
    private final long nanosEach;
    private long from; // where the piece that is read next begins; unchanged while a region runs
    private volatile float sink;

    /// @param kernelBits width of the vectors that the kernels use
    /// @param millisEach how long to measure each limit
    public LimitsMeter(int kernelBits, int millisEach) {
        // The JVM prefers no more than the widest vector of the kernels' kind, which the loops are written for.
        int preferred = Math.min(FloatVector.SPECIES_PREFERRED.vectorBitSize(), MOST_BITS);
        bits = new TreeSet<>(List.of(kernelBits, preferred)).stream().mapToInt(b -> b).toArray();
        nanosEach = millisEach * 1_000_000L;
        memory.fill((byte) 1);
    }

    /// One, powers of two, and all of them: the thread counts that tell how a machine scales.
    public static List<Integer> threadCounts(int most) {
        TreeSet<Integer> counts = new TreeSet<>(List.of(most));
        for (int n = 1; n < most; n *= 2) {
            counts.add(n);
        }
        return List.copyOf(counts);
    }

    public Limits measure(Workers workers) {
        int team = workers.size();
        Workers.Region whole = (part, parts) -> read(PASS, part, parts);
        Rate read = rate(PASS, () -> {
            workers.run(whole);
            from = (from + PASS) % BYTES;
        });
        Workers.Region layer = (part, parts) -> read(LAYER, part, parts);
        Rate stepRead = rate(PASS, () -> {
            for (int i = 0; i < PASS / LAYER; i++) {
                workers.run(layer);
                from = (from + LAYER) % BYTES;
            }
        });
        List<Limits.Fma> fma = new ArrayList<>();
        for (int width : bits) {
            Workers.Region region = (part, parts) -> sink = FmaLoop.run(width, FMA_ROUNDS);
            fma.add(new Limits.Fma(width, rate(team * FmaLoop.flops(width, FMA_ROUNDS), () -> workers.run(region))));
        }
        return new Limits(team, read, stepRead, fma);
    }

    private void read(long bytes, int part, int parts) {
        long blocks = bytes / ReadLoop.BLOCK;
        long first = blocks * part / parts * ReadLoop.BLOCK;
        long last = blocks * (part + 1) / parts * ReadLoop.BLOCK;
        sink = ReadLoop.sum(memory, from + first, from + last);
    }

    /// The first half of the passes is for the compiler.
    private Rate rate(double units, Runnable pass) {
        List<Long> nanos = new ArrayList<>();
        long start = System.nanoTime();
        while (nanos.size() < LEAST_PASSES || System.nanoTime() - start < nanosEach) {
            long before = System.nanoTime();
            pass.run();
            nanos.add(System.nanoTime() - before);
        }
        return Rate.of(units, Arrays.copyOfRange(
                nanos.stream().mapToLong(n -> n).toArray(), nanos.size() / 2, nanos.size()));
    }

    @Override
    public void close() {
        arena.close();
    }
}
