package sinew.convert.pickle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes pickles instruction by instruction, well-formed or not.
public final class PickleBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public PickleBytes() {
        op(Opcode.PROTO).op(2);
    }

    /// Instructions or their one-byte arguments.
    public PickleBytes op(int... codes) {
        for (int code : codes) {
            out.write(code);
        }
        return this;
    }

    public PickleBytes int32(int value) {
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        return this;
    }

    public PickleBytes int64(long value) {
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        return this;
    }

    public PickleBytes number(int value) {
        return op(Opcode.BININT).int32(value);
    }

    public PickleBytes text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        op(Opcode.BINUNICODE).int32(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    public PickleBytes global(String module, String name) {
        op(Opcode.GLOBAL);
        out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /// A tuple of numbers.
    public PickleBytes numbers(int... values) {
        op(Opcode.MARK);
        for (int value : values) {
            number(value);
        }
        return op(Opcode.TUPLE);
    }

    public PickleBytes mark() {
        return op(Opcode.MARK);
    }

    public PickleBytes tuple() {
        return op(Opcode.TUPLE);
    }

    public PickleBytes reduce() {
        return op(Opcode.REDUCE);
    }

    public PickleBytes emptyTuple() {
        return op(Opcode.EMPTY_TUPLE);
    }

    public PickleBytes emptyDict() {
        return op(Opcode.EMPTY_DICT);
    }

    public PickleBytes newObject() {
        return op(Opcode.EMPTY_TUPLE, Opcode.NEWOBJ);
    }

    public PickleBytes setItems() {
        return op(Opcode.SETITEMS);
    }

    public PickleBytes build() {
        return op(Opcode.BUILD);
    }

    public PickleBytes put(int index) {
        return op(Opcode.BINPUT, index);
    }

    public PickleBytes get(int index) {
        return op(Opcode.BINGET, index);
    }

    /// A tensor over a storage of the file.
    public PickleBytes tensor(String storageType, String key, int elements, int offset, int[] shape, int[] stride) {
        global("torch._utils", "_rebuild_tensor_v2").mark();
        mark().text("storage").global("torch", storageType).text(key).text("cpu").number(elements).tuple();
        op(Opcode.BINPERSID).number(offset).numbers(shape).numbers(stride).op(Opcode.NEWFALSE);
        return global("collections", "OrderedDict").emptyTuple().reduce().tuple().reduce();
    }

    public byte[] stop() {
        op(Opcode.STOP);
        return out.toByteArray();
    }

    /// As it is, without the last instruction.
    public byte[] cut() {
        return out.toByteArray();
    }
}
