package sinew.runtime.record.h264;

import java.util.Arrays;

/// Bits of one NAL unit's payload, in the notation of ITU-T H.264: u(n), ue(v), se(v).
final class BitSink {
    private byte[] bytes = new byte[1 << 16];
    private int size;
    private long pending; // the low `count` bits wait for their byte
    private int count;

    void clear() {
        size = 0;
        count = 0;
        pending = 0;
    }

    /// u(n): the low `n` bits of `value`, n up to 32.
    void u(int n, int value) {
        pending = pending << n | value & (1L << n) - 1;
        count += n;
        while (count >= 8) {
            count -= 8;
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * size);
            }
            bytes[size++] = (byte) (pending >>> count);
        }
    }

    void flag(boolean value) {
        u(1, value ? 1 : 0);
    }

    /// Unsigned Exp-Golomb.
    void ue(int value) {
        int bits = 32 - Integer.numberOfLeadingZeros(value + 1);
        u(bits - 1, 0);
        u(bits, value + 1);
    }

    /// Signed Exp-Golomb.
    void se(int value) {
        ue(value > 0 ? 2 * value - 1 : -2 * value);
    }

    /// rbsp_trailing_bits: a one, then zeros up to the byte.
    void trailing() {
        u(1, 1);
        if (count > 0) {
            u(8 - count, 0);
        }
    }

    int size() {
        return size;
    }

    /// Appends this payload to `out` as an Annex B NAL unit; returns the new end of `out`, which must have room for
    /// half as much again and 8 bytes.
    int appendNal(int header, byte[] out, int at) {
        out[at++] = 0;
        out[at++] = 0;
        out[at++] = 0;
        out[at++] = 1;
        out[at++] = (byte) header;
        int zeros = 0;
        for (int i = 0; i < size; i++) {
            byte b = bytes[i];
            if (zeros >= 2 && (b & ~3) == 0) {
                out[at++] = 3; // emulation prevention: no start code inside
                zeros = 0;
            }
            out[at++] = b;
            zeros = b == 0 ? zeros + 1 : 0;
        }
        return at;
    }
}
