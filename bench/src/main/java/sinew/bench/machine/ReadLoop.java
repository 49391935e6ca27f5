package sinew.bench.machine;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// Reads memory and does next to nothing with it.
final class ReadLoop {
    /// Bytes that one call of the inner loop reads: [#sum] wants multiples of it.
    static final int BLOCK = 1 << 16;

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int BYTES = INTS.vectorByteSize();

    private ReadLoop() {}

    /// The result only keeps the JIT compiler from leaving the reading out.
    static int sum(MemorySegment memory, long from, long to) {
        int sum = 0;
        for (long at = from; at < to; at += BLOCK) {
            sum += block(memory, at);
        }
        return sum;
    }

    /// Four chains, so that the additions never wait for each other.
    private static int block(MemorySegment memory, long from) {
        IntVector a = IntVector.zero(INTS);
        IntVector b = a;
        IntVector c = a;
        IntVector d = a;
        for (int i = 0; i < BLOCK; i += 4 * BYTES) {
            a = a.add(load(memory, from + i));
            b = b.add(load(memory, from + i + BYTES));
            c = c.add(load(memory, from + i + 2 * BYTES));
            d = d.add(load(memory, from + i + 3 * BYTES));
        }
        return a.add(b).add(c.add(d)).lane(0);
    }

    private static IntVector load(MemorySegment memory, long at) {
        return IntVector.fromMemorySegment(INTS, memory, at, ByteOrder.nativeOrder());
    }
}
