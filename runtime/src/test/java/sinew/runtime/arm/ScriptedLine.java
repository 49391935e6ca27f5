package sinew.runtime.arm;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// A line whose other end says what the test wrote down: answer k follows write k. Keeps what was sent.
final class ScriptedLine implements SerialLine {
    private final ArrayDeque<byte[]> answers = new ArrayDeque<>();
    private final ArrayDeque<Byte> input = new ArrayDeque<>();
    final List<String> sent = new ArrayList<>();
    boolean echo;
    boolean gone;
    long now;

    /// The answer to the next request that has none yet, as hexadecimal digits; empty for silence.
    ScriptedLine answer(String hex) {
        answers.add(bytes(hex));
        return this;
    }

    /// Something that nobody asked for lies on the line.
    void noise(String hex) {
        for (byte b : bytes(hex)) {
            input.add(b);
        }
    }

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("[ |]", ""));
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (gone) {
            throw new IOException("gone");
        }
        sent.add(Packets.hex(bytes, length));
        if (echo) {
            for (int i = 0; i < length; i++) {
                input.add(bytes[offset + i]);
            }
        }
        byte[] answer = answers.poll();
        if (answer != null) {
            for (byte b : answer) {
                input.add(b);
            }
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length, long timeoutNanos) {
        int n = 0;
        while (n < length && !input.isEmpty()) {
            bytes[offset + n++] = input.poll();
        }
        if (n == 0) {
            now += timeoutNanos;
        }
        return n;
    }

    @Override
    public void close() {
        gone = true;
    }
}
