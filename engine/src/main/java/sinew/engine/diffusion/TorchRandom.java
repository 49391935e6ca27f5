package sinew.engine.diffusion;

import sinew.engine.policy.NoiseSource;

/// The normal values that PyTorch's CPU generator draws: `new TorchRandom(42).fill(out, n)` gives what
/// `torch.manual_seed(42); torch.randn(n)` gives, and goes on as a second `randn` would. Not thread-safe.
///
/// PyTorch uses the Mersenne Twister (Matsumoto and Nishimura 1998) and two Box-Muller transforms: one in float
/// for 16 values and more, one in double for fewer, which keeps its second value for the next draw.
public final class TorchRandom implements NoiseSource {
    private static final int STATE = 624;
    private static final int SHIFT = 397;
    private static final int BLOCK = 16;
    private static final int HALF = BLOCK / 2;

    private final int[] state = new int[STATE];
    private int next = STATE;
    private boolean hasSpare;
    private double spare;

    /// @param seed as given to `torch.manual_seed`; the generator uses its low 32 bits
    public TorchRandom(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < STATE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    @Override
    public void fill(float[] out, int count) {
        if (count < BLOCK) {
            for (int i = 0; i < count; i++) {
                out[i] = (float) single();
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            out[i] = uniformFloat();
        }
        for (int i = 0; i + BLOCK <= count; i += BLOCK) {
            transform(out, i);
        }
        if (count % BLOCK != 0) {
            int tail = count - BLOCK;
            for (int i = tail; i < count; i++) {
                out[i] = uniformFloat();
            }
            transform(out, tail);
        }
    }

    /// Turns 16 uniform values into normal ones: the first eight give radii, the last eight angles.
    private static void transform(float[] x, int from) {
        for (int j = from; j < from + HALF; j++) {
            float u = 1f - x[j];
            double radius = Math.sqrt(-2 * StrictMath.log(u));
            float turn = x[j + HALF];
            x[j] = (float) (radius * cosine(turn));
            x[j + HALF] = (float) (radius * sine(turn));
        }
    }

    private double single() {
        if (hasSpare) {
            hasSpare = false;
            return spare;
        }
        double u1 = uniformDouble();
        double u2 = uniformDouble();
        double radius = Math.sqrt(-2 * StrictMath.log1p(-u2));
        spare = radius * sine(u1);
        hasSpare = true;
        return radius * cosine(u1);
    }

    private static double cosine(double turn) {
        return sine(turn + 0.25);
    }

    /// Sine of an angle in turns, from the power series within an eighth of a turn of an axis: accurate to the last
    /// place or two of a double, and [StrictMath] would allocate.
    private static double sine(double turn) {
        int quarter = (int) Math.rint(turn * 4);
        double x = 2 * Math.PI * (turn - quarter * 0.25);
        double square = x * x;
        boolean even = (quarter & 1) == 0;
        double sum = 0;
        for (int n = even ? 17 : 16; n > 1; n -= 2) {
            sum = (1 - sum) * square / (n * (n - 1));
        }
        double value = even ? x - x * sum : 1 - sum;
        return (quarter & 2) == 0 ? value : -value;
    }

    private float uniformFloat() {
        return (nextWord() & 0xFFFFFF) * 0x1p-24f;
    }

    private double uniformDouble() {
        long high = nextWord() & 0xFFFFFFFFL;
        long low = nextWord() & 0xFFFFFFFFL;
        return ((high << 32 | low) & ((1L << 53) - 1)) * 0x1p-53;
    }

    private int nextWord() {
        if (next == STATE) {
            twist();
            next = 0;
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= y << 7 & 0x9d2c5680;
        y ^= y << 15 & 0xefc60000;
        return y ^ y >>> 18;
    }

    private void twist() {
        for (int i = 0; i < STATE; i++) {
            int y = state[i] & 0x80000000 | state[(i + 1) % STATE] & 0x7fffffff;
            state[i] = state[(i + SHIFT) % STATE] ^ y >>> 1 ^ ((y & 1) != 0 ? 0x9908b0df : 0);
        }
    }
}
