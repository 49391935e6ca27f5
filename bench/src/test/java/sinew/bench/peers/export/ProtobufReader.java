package sinew.bench.peers.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads back what [Protobuf] wrote: the fields of one message, in order.
final class ProtobufReader {
    private final Map<Integer, List<Object>> fields = new HashMap<>(); // Long, Float or byte[]

    ProtobufReader(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            Object value = switch (tag & 7) {
                case 0 -> varint(in);
                case 2 -> {
                    byte[] bytes = new byte[(int) varint(in)];
                    in.get(bytes);
                    yield bytes;
                }
                case 5 -> in.getFloat();
                default -> throw new IllegalArgumentException("wire type " + (tag & 7));
            };
            fields.computeIfAbsent(tag >>> 3, n -> new ArrayList<>()).add(value);
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    List<Long> integers(int field) {
        return all(field).stream().map(Long.class::cast).toList();
    }

    long integer(int field) {
        return integers(field).getFirst();
    }

    List<String> texts(int field) {
        return all(field).stream().map(b -> new String((byte[]) b, StandardCharsets.UTF_8)).toList();
    }

    String text(int field) {
        return texts(field).getFirst();
    }

    List<ProtobufReader> messages(int field) {
        return all(field).stream().map(b -> new ProtobufReader((byte[]) b)).toList();
    }

    ProtobufReader message(int field) {
        return messages(field).getFirst();
    }

    byte[] bytes(int field) {
        return (byte[]) all(field).getFirst();
    }

    boolean has(int field) {
        return fields.containsKey(field);
    }

    private List<Object> all(int field) {
        return fields.getOrDefault(field, List.of());
    }
}
