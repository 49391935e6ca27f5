package sinew.engine.weights;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Takes the data of tensors that were declared before, in the order of their declarations.
public interface WeightsSink {
    /// Appends the data of the next declared tensor, which must be `name`.
    ///
    /// @param data native memory or that of a byte array, of exactly the declared size, little-endian
    void write(String name, MemorySegment data) throws IOException;

    /// As [#write(String, MemorySegment)], for float32 values.
    default void write(String name, float[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        write(name, MemorySegment.ofArray(bytes.array()));
    }
}
