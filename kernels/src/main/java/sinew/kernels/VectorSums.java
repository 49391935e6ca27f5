package sinew.kernels;

import jdk.incubator.vector.FloatVector;

/// [ScalarSums] over memory.
final class VectorSums {
    private VectorSums() {}

    /// @param lanes room for [ScalarSums#LANES] floats
    static double sum(long from, int count, long lanes) {
        int whole = count / ScalarSums.LANES * ScalarSums.LANES;
        for (int lane = 0; lane < ScalarSums.LANES; lane += Simd.LANES) {
            FloatVector sum = FloatVector.zero(Simd.FLOATS);
            for (int i = lane; i < whole; i += ScalarSums.LANES) {
                long at = from + (long) Float.BYTES * i;
                sum = sum.add(FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER));
            }
            sum.intoMemorySegment(Simd.ALL, lanes + (long) Float.BYTES * lane, Simd.ORDER);
        }
        double total = total(lanes);
        for (int i = whole; i < count; i++) {
            total += Simd.get(from + (long) Float.BYTES * i);
        }
        return total;
    }

    /// Of the squared distances from `mean`.
    ///
    /// @param lanes room for [ScalarSums#LANES] floats
    static double squares(long from, int count, float mean, long lanes) {
        int whole = count / ScalarSums.LANES * ScalarSums.LANES;
        for (int lane = 0; lane < ScalarSums.LANES; lane += Simd.LANES) {
            FloatVector sum = FloatVector.zero(Simd.FLOATS);
            for (int i = lane; i < whole; i += ScalarSums.LANES) {
                long at = from + (long) Float.BYTES * i;
                FloatVector value = FloatVector.fromMemorySegment(Simd.FLOATS, Simd.ALL, at, Simd.ORDER);
                FloatVector deviation = value.sub(mean);
                sum = deviation.fma(deviation, sum);
            }
            sum.intoMemorySegment(Simd.ALL, lanes + (long) Float.BYTES * lane, Simd.ORDER);
        }
        double total = total(lanes);
        for (int i = whole; i < count; i++) {
            float deviation = Simd.get(from + (long) Float.BYTES * i) - mean;
            total += deviation * deviation;
        }
        return total;
    }

    private static double total(long lanes) {
        double total = 0;
        for (int lane = 0; lane < ScalarSums.LANES; lane++) {
            total += Simd.get(lanes + (long) Float.BYTES * lane);
        }
        return total;
    }
}
