package sinew.bench.peers.export;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes the few pickle instructions (protocol 2) that a TorchScript archive needs: CPython's pickletools lists them.
final class PickleWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PickleWriter() {
        op(0x80).write(2);
    }

    PickleWriter global(String module, String name) {
        op('c').writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    PickleWriter text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        op('X').writeBytes(little(utf8.length));
        out.writeBytes(utf8);
        return this;
    }

    PickleWriter integer(int value) {
        op('J').writeBytes(little(value));
        return this;
    }

    PickleWriter bool(boolean value) {
        op(value ? 0x88 : 0x89);
        return this;
    }

    PickleWriter none() {
        op('N');
        return this;
    }

    PickleWriter mark() {
        op('(');
        return this;
    }

    /// Makes a tuple of all since the mark.
    PickleWriter tuple() {
        op('t');
        return this;
    }

    PickleWriter emptyTuple() {
        op(')');
        return this;
    }

    PickleWriter emptyDict() {
        op('}');
        return this;
    }

    /// Puts all pairs since the mark into the dict before it.
    PickleWriter setItems() {
        op('u');
        return this;
    }

    /// Calls the function below the tuple with the tuple's elements.
    PickleWriter reduce() {
        op('R');
        return this;
    }

    /// Makes an object of the class below the tuple.
    PickleWriter newObject() {
        op(0x81);
        return this;
    }

    /// Gives the object its state.
    PickleWriter build() {
        op('b');
        return this;
    }

    /// Looks up the tuple on top in the archive.
    PickleWriter persistent() {
        op('Q');
        return this;
    }

    byte[] stop() {
        op('.');
        return out.toByteArray();
    }

    private ByteArrayOutputStream op(int code) {
        out.write(code);
        return out;
    }

    private static byte[] little(int value) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }
}
