package sinew.runtime.arm;

import java.util.ArrayDeque;
import java.util.Random;
import sinew.runtime.arm.emulator.EmulatedBus;

/// A line to emulated servos, in virtual time, on which bytes are lost, doubled, garbled and late in both directions.
final class NoisyLine implements SerialLine {
    /// How likely each byte is to suffer.
    record Noise(double drop, double duplicate, double corrupt, double delay) {}

    private record Arrival(byte value, long nanos) {}

    private static final long BYTE_NANOS = 10_000;

    private final Random random;
    private final ArrayDeque<Arrival> input = new ArrayDeque<>();
    EmulatedBus servos;
    Noise noise;
    long now = 1;
    private long lastArrival;

    NoisyLine(long seed, Noise noise) {
        this.random = new Random(seed);
        this.noise = noise;
    }

    @Override
    public String name() {
        return "noisy";
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        byte[] through = new byte[2 * length];
        int n = 0;
        for (int i = 0; i < length; i++) {
            int copies = copies();
            for (int c = 0; c < copies; c++) {
                through[n++] = garble(bytes[offset + i]);
            }
        }
        now += length * BYTE_NANOS;
        servos.receive(through, n, (answer, count, delayMs) -> {
            for (int i = 0; i < count; i++) {
                int copies = copies();
                for (int c = 0; c < copies; c++) {
                    long late = random.nextDouble() < noise.delay ? (long) (random.nextDouble() * 60e6) : 0;
                    lastArrival = Math.max(Math.max(now, lastArrival) + BYTE_NANOS, now + late);
                    input.add(new Arrival(garble(answer[i]), lastArrival));
                }
            }
        });
    }

    private int copies() {
        double roll = random.nextDouble();
        return roll < noise.drop ? 0 : roll < noise.drop + noise.duplicate ? 2 : 1;
    }

    private byte garble(byte b) {
        return random.nextDouble() < noise.corrupt ? (byte) (b ^ 1 << random.nextInt(8)) : b;
    }

    @Override
    public int read(byte[] bytes, int offset, int length, long timeoutNanos) {
        long deadline = now + timeoutNanos;
        if (input.isEmpty() || input.peek().nanos > deadline) {
            now = deadline;
            return 0;
        }
        now = Math.max(now, input.peek().nanos);
        int n = 0;
        while (n < length && !input.isEmpty() && input.peek().nanos <= now) {
            bytes[offset + n++] = input.poll().value;
        }
        return n;
    }

    @Override
    public void close() {}
}
