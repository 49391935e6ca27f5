package sinew.runtime.arm;

import java.io.IOException;
import java.util.function.LongSupplier;

/// One request and its answer, without mercy: the answer must be exactly the packets that were asked for, in
/// order, with nothing before, between or after. Everything else is a [Fault], and the caller tries again.
///
/// The checksum of this bus is a sum of eight bits: on its own it lets one in 256 garbled packets pass. What else
/// tells a right answer from a wrong one is that its length, ids and order are known beforehand. A byte too many
/// or too few therefore condemns the whole answer.
final class BusExchange {
    /// What was wrong with an answer.
    enum Fault { SILENCE, INCOMPLETE, GARBLED, SURPLUS }

    private enum Echo { UNKNOWN, NONE, PRESENT }

    private static final int CAPACITY = 4096;

    /// The request being built or answered, [Packets#LIMIT] bytes.
    final byte[] request = new byte[Packets.LIMIT];

    private final SerialLine line;
    private final BusTiming timing;
    private final LongSupplier clock;
    private final byte[] answer = new byte[CAPACITY];
    private final byte[] waste = new byte[256];
    private Echo echo = Echo.UNKNOWN;
    private int start; // of the first status packet in `answer`

    BusExchange(SerialLine line, BusTiming timing, LongSupplier clock) {
        this.line = line;
        this.timing = timing;
        this.clock = clock;
    }

    /// Sends the request and receives one status packet with `data` bytes from each of `ids[0..count)`.
    ///
    /// @return null when the answer is right
    Fault ask(int length, int[] ids, int count, int data) throws IOException {
        int packet = Packets.OVERHEAD + data;
        int expected = count * packet;
        if (expected + length > CAPACITY) {
            throw new IllegalArgumentException("an answer of " + expected + " bytes is too long");
        }
        boolean stale = discard();
        line.write(request, 0, length);
        int skip = echo == Echo.PRESENT ? length : 0;
        long reply = timing.replyNanos(length + expected);
        int got = receive(0, skip + expected, reply);
        if (echo == Echo.UNKNOWN && got >= length && startsWithRequest(length)) {
            // Either the adapter repeats what we send, or one servo's answer happens to look like the question.
            int more = receive(got, length + expected, reply);
            if (more > got || got != expected) {
                skip = length;
                got = more;
            }
        }
        if (got < skip + expected) {
            return got == 0 ? Fault.SILENCE : Fault.INCOMPLETE;
        }
        if (skip > 0 && !startsWithRequest(length)) {
            return Fault.GARBLED;
        }
        for (int i = 0; i < count; i++) {
            if (!Packets.isStatus(answer, skip + i * packet, ids[i], data)) {
                return Fault.GARBLED;
            }
        }
        if (line.read(waste, 0, 1, timing.settleMicros() * 1000L) > 0) {
            return Fault.SURPLUS;
        }
        start = skip;
        if (echo == Echo.UNKNOWN) {
            echo = skip > 0 ? Echo.PRESENT : Echo.NONE;
        }
        return stale ? Fault.SURPLUS : null;
    }

    /// Sends a request that nobody answers.
    Fault tell(int length) throws IOException {
        discard();
        line.write(request, 0, length);
        if (echo == Echo.PRESENT) {
            int got = receive(0, length, timing.replyNanos(length));
            return got == length && startsWithRequest(length) ? null : Fault.GARBLED;
        }
        return null;
    }

    /// Whether what was gathered last begins with the request itself.
    boolean echoes() {
        return startsWithRequest(Packets.OVERHEAD);
    }

    /// The error byte of answer `i`, whose packets have `data` bytes.
    int status(int i, int data) {
        return answer[start + i * (Packets.OVERHEAD + data) + 4];
    }

    /// The bytes of the answer; see [#dataOffset].
    byte[] bytes() {
        return answer;
    }

    /// Where the data of answer `i` begin in [#bytes].
    int dataOffset(int i, int data) {
        return start + i * (Packets.OVERHEAD + data) + 5;
    }

    /// Sends a request and gathers whatever comes until the line is silent; returns how many bytes.
    int gather(int length, int silenceMs) throws IOException {
        discard();
        line.write(request, 0, length);
        int got = 0;
        int n;
        while (got < CAPACITY && (n = line.read(answer, got, CAPACITY - got, silenceMs * 1_000_000L)) > 0) {
            got += n;
        }
        return got;
    }

    /// Waits until the line has been silent for a while, so that late bytes of this answer are not taken for the next.
    void resynchronise() throws IOException {
        long deadline = clock.getAsLong() + 4L * timing.replyMs() * 1_000_000L;
        while (line.read(waste, 0, waste.length, timing.gapMs() * 1_000_000L) > 0) {
            if (clock.getAsLong() > deadline) {
                return; // somebody talks without end; the next answer will be garbled and say so
            }
        }
    }

    private int receive(int from, int to, long firstTimeout) throws IOException {
        int got = from;
        long timeout = firstTimeout;
        while (got < to) {
            int n = line.read(answer, got, to - got, timeout);
            if (n == 0) {
                break;
            }
            got += n;
            timeout = timing.gapMs() * 1_000_000L;
        }
        return got;
    }

    private boolean startsWithRequest(int length) {
        for (int i = 0; i < length; i++) {
            if (answer[i] != request[i]) {
                return false;
            }
        }
        return true;
    }

    /// Throws away what lies in the input; true when there was something.
    private boolean discard() throws IOException {
        boolean stale = false;
        for (int i = 0; i < 64 && line.read(waste, 0, waste.length, 0) > 0; i++) {
            stale = true;
        }
        return stale;
    }
}
