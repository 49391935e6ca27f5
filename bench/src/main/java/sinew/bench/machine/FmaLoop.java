package sinew.bench.machine;

import jdk.incubator.vector.FloatVector;

/// Fused multiply-adds in registers. Twelve chains hide the latency of two units that take four cycles or fewer, and
/// leave room in sixteen registers for the operands. One method per width: as a parameter, a species is no constant
/// to the compiler, and every operation a call.
final class FmaLoop {
    private static final int CHAINS = 12;
    /// Of a sequence that converges: no chain runs into infinity or denormal numbers.
    private static final float FACTOR = 0.999f;
    private static final float TERM = 1e-3f;

    private FmaLoop() {}

    /// @param bits width of the vectors: 128, 256 or 512
    /// @return something that depends on all chains
    static float run(int bits, int rounds) {
        return switch (bits) {
            case 128 -> run128(rounds);
            case 256 -> run256(rounds);
            case 512 -> run512(rounds);
            default -> throw new IllegalArgumentException("vectors of " + bits + " bits, want 128, 256 or 512");
        };
    }

    /// Operations of a run; a multiply-add is two.
    static double flops(int bits, int rounds) {
        return 2.0 * CHAINS * bits / Float.SIZE * rounds;
    }

    private static float run128(int rounds) {
        FloatVector x = FloatVector.broadcast(FloatVector.SPECIES_128, FACTOR);
        FloatVector y = FloatVector.broadcast(FloatVector.SPECIES_128, TERM);
        FloatVector a0 = y, a1 = x, a2 = y, a3 = x;
        FloatVector a4 = y, a5 = x, a6 = y, a7 = x;
        FloatVector a8 = y, a9 = x, a10 = y, a11 = x;
        for (int i = 0; i < rounds; i++) {
            a0 = a0.fma(x, y);
            a1 = a1.fma(x, y);
            a2 = a2.fma(x, y);
            a3 = a3.fma(x, y);
            a4 = a4.fma(x, y);
            a5 = a5.fma(x, y);
            a6 = a6.fma(x, y);
            a7 = a7.fma(x, y);
            a8 = a8.fma(x, y);
            a9 = a9.fma(x, y);
            a10 = a10.fma(x, y);
            a11 = a11.fma(x, y);
        }
        return a0.add(a1).add(a2.add(a3)).add(a4.add(a5)).add(a6.add(a7)).add(a8.add(a9)).add(a10.add(a11)).lane(0);
    }

    private static float run256(int rounds) {
        FloatVector x = FloatVector.broadcast(FloatVector.SPECIES_256, FACTOR);
        FloatVector y = FloatVector.broadcast(FloatVector.SPECIES_256, TERM);
        FloatVector a0 = y, a1 = x, a2 = y, a3 = x;
        FloatVector a4 = y, a5 = x, a6 = y, a7 = x;
        FloatVector a8 = y, a9 = x, a10 = y, a11 = x;
        for (int i = 0; i < rounds; i++) {
            a0 = a0.fma(x, y);
            a1 = a1.fma(x, y);
            a2 = a2.fma(x, y);
            a3 = a3.fma(x, y);
            a4 = a4.fma(x, y);
            a5 = a5.fma(x, y);
            a6 = a6.fma(x, y);
            a7 = a7.fma(x, y);
            a8 = a8.fma(x, y);
            a9 = a9.fma(x, y);
            a10 = a10.fma(x, y);
            a11 = a11.fma(x, y);
        }
        return a0.add(a1).add(a2.add(a3)).add(a4.add(a5)).add(a6.add(a7)).add(a8.add(a9)).add(a10.add(a11)).lane(0);
    }

    private static float run512(int rounds) {
        FloatVector x = FloatVector.broadcast(FloatVector.SPECIES_512, FACTOR);
        FloatVector y = FloatVector.broadcast(FloatVector.SPECIES_512, TERM);
        FloatVector a0 = y, a1 = x, a2 = y, a3 = x;
        FloatVector a4 = y, a5 = x, a6 = y, a7 = x;
        FloatVector a8 = y, a9 = x, a10 = y, a11 = x;
        for (int i = 0; i < rounds; i++) {
            a0 = a0.fma(x, y);
            a1 = a1.fma(x, y);
            a2 = a2.fma(x, y);
            a3 = a3.fma(x, y);
            a4 = a4.fma(x, y);
            a5 = a5.fma(x, y);
            a6 = a6.fma(x, y);
            a7 = a7.fma(x, y);
            a8 = a8.fma(x, y);
            a9 = a9.fma(x, y);
            a10 = a10.fma(x, y);
            a11 = a11.fma(x, y);
        }
        return a0.add(a1).add(a2.add(a3)).add(a4.add(a5)).add(a6.add(a7)).add(a8.add(a9)).add(a10.add(a11)).lane(0);
    }
}
