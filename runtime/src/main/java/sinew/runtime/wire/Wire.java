package sinew.runtime.wire;

/// MessagePack with numpy arrays, byte for byte as the Python clients and servers of the policy protocol write it.
///
/// What travels, and what it is in Java:
///
/// | MessagePack | Java |
/// |---|---|
/// | nil, true, false | null, Boolean |
/// | integer | Long (any integer type is written; BigInteger beyond 63 bits) |
/// | float | Double (float32 is read, float64 is always written) |
/// | str | String |
/// | bin | byte[] |
/// | array | List (`float[]`, `double[]` and `Object[]` are written as well) |
/// | map | `Map<String, Object>` in the order of the message; keys of type bin are read as str |
/// | numpy array, numpy scalar | [NdArray], [NumpyScalar] |
public final class Wire {
    private Wire() {}

    /// Decodes one message.
    ///
    /// @throws ProtocolException says what is wrong and where; also for bytes after the value
    public static Object decode(byte[] message) {
        return decode(message, 0, message.length);
    }

    /// Decodes the message in `message[offset, offset + length)`. Arrays in the result share those bytes,
    /// so the caller must not change them afterwards.
    ///
    /// @throws ProtocolException says what is wrong and where
    public static Object decode(byte[] message, int offset, int length) {
        return new WireReader(message, offset, length).readMessage();
    }

    /// Encodes one value.
    ///
    /// @throws IllegalArgumentException for a Java type that the protocol has no form for
    public static byte[] encode(Object value) {
        return WireWriter.write(value);
    }
}
