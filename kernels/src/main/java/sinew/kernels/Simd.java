package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Shape of the vectors and the memory that tiles see.
final class Simd {
    /// Forces a width, for tests and measurements.
    static final String BITS_PROPERTY = "sinew.vector.bits";

    static final int BITS = bits();
    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    static final int LANES = BITS / Float.SIZE;
    static final int BYTES = BITS / Byte.SIZE;
    /// Vectors that cover a panel: 4, 2 or 1.
    static final int PER_PANEL = Panels.WIDTH / LANES;

    /// All of memory, so that one constant segment serves every tile: a call site that meets several
    /// segments is several times slower. [Checks] has checked the ranges before.
    @SuppressWarnings("restricted")
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    /// Aligned layouts would test the address at each access.
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Simd() {}

    /// The machine's preferred width, a panel's at most.
    private static int bits() {
        int preferred = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        int wanted = Integer.getInteger(BITS_PROPERTY, preferred);
        if (wanted != 128 && wanted != 256 && wanted != 512) {
            throw new IllegalArgumentException(BITS_PROPERTY + " is 128, 256 or 512, not " + wanted);
        }
        return wanted;
    }

    /// Where the `vector`-th vector of a row lies that runs on through panels `panelStep` bytes apart.
    static long offset(int vector, long panelStep) {
        return vector / PER_PANEL * panelStep + vector % PER_PANEL * BYTES;
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER);
    }

    static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(ALL, address, ORDER);
    }

    static float get(long address) {
        return ALL.get(FLOAT, address);
    }

    static void set(long address, float value) {
        ALL.set(FLOAT, address, value);
    }

    /// Zeros, of a whole number of floats. (A slice's fill makes a slice.)
    static void clear(long address, long bytes) {
        FloatVector zero = FloatVector.zero(FLOATS);
        long at = 0;
        for (; at + BYTES <= bytes; at += BYTES) {
            store(zero, address + at);
        }
        for (; at < bytes; at += Float.BYTES) {
            set(address + at, 0f);
        }
    }
}
