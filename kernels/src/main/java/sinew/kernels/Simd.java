package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Shape of the vectors and the memory that tiles see.
///
/// A tile computes two vectors of outputs of a panel at a time: outputs l .. l + LANES - 1 and
/// l + 8 .. l + 8 + LANES - 1. With 256 bits one pass over l covers the panel, with 128 bits two do.
final class Simd {
    /// Forces a width, for tests and measurements.
    static final String BITS_PROPERTY = "sinew.vector.bits";

    static final int BITS = bits();
    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    static final int LANES = BITS / Float.SIZE;
    /// Outputs in half a panel, and the bytes of one tile's lanes up to its second vector in float32.
    static final int HALF = Panels.WIDTH / 2;
    static final long HALF_BYTES = (long) HALF * Float.BYTES;

    /// All of memory, so that one constant segment serves every tile: a call site that meets several
    /// segments is several times slower. [Checks] has checked the ranges before.
    @SuppressWarnings("restricted")
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    /// Aligned layouts would test the address at each access.
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Simd() {}

    /// The machine's preferred width; half a panel at most, as no tile is written for more yet.
    private static int bits() {
        int preferred = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        int wanted = Integer.getInteger(BITS_PROPERTY, preferred);
        if (wanted != 128 && wanted != 256 && wanted != 512) {
            throw new IllegalArgumentException(BITS_PROPERTY + " is 128, 256 or 512, not " + wanted);
        }
        return Math.min(wanted, Panels.WIDTH / 2 * Float.SIZE);
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, ALL, address, ORDER);
    }

    static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(ALL, address, ORDER);
    }

    static IntVector loadInts(long address) {
        return IntVector.fromMemorySegment(INTS, ALL, address, ORDER);
    }

    static float get(long address) {
        return ALL.get(FLOAT, address);
    }

    static void set(long address, float value) {
        ALL.set(FLOAT, address, value);
    }
}
