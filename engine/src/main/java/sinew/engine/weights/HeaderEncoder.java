package sinew.engine.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// Writes the header that [GgufHeader] reads.
final class HeaderEncoder {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int headerChecksumAt;
    private int dataChecksumAt;

    /// Encodes the header, padded to where the data begin, with zero checksums.
    HeaderEncoder(Metadata metadata, List<TensorInfo> tensors) {
        int32(GgufHeader.MAGIC);
        int32(GgufHeader.VERSION);
        int64(tensors.size());
        int64(metadata.entries().size() + 3);
        for (Map.Entry<String, Metadata.Entry> e : metadata.entries().entrySet()) {
            entry(e.getKey(), e.getValue());
        }
        entry(GgufHeader.ALIGNMENT_KEY, new Metadata.Entry(GgufType.UINT32, null, (long) GgufType.ALIGNMENT));
        Metadata.Entry checksum = new Metadata.Entry(GgufType.UINT32, null, 0L);
        entry(GgufHeader.DATA_CHECKSUM_KEY, checksum);
        dataChecksumAt = out.size() - Integer.BYTES;
        entry(GgufHeader.HEADER_CHECKSUM_KEY, checksum);
        headerChecksumAt = out.size() - Integer.BYTES;
        for (TensorInfo tensor : tensors) {
            tensor(tensor);
        }
        while (out.size() % GgufType.ALIGNMENT != 0) {
            out.write(0);
        }
    }

    /// The header with both checksums in place.
    byte[] finish(int dataChecksum) {
        byte[] header = out.toByteArray();
        ByteBuffer view = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        view.putInt(dataChecksumAt, dataChecksum);
        view.putInt(headerChecksumAt, Checksum.of(header));
        return header;
    }

    int size() {
        return out.size();
    }

    private void entry(String key, Metadata.Entry entry) {
        string(key);
        int32(entry.type().code());
        if (entry.value() instanceof Object[] values) {
            int32(entry.elementType().code());
            int64(values.length);
            for (Object value : values) {
                value(entry.elementType(), value);
            }
        } else {
            value(entry.type(), entry.value());
        }
    }

    private void value(GgufType type, Object value) {
        switch (type) {
            case UINT8, INT8 -> out.write(((Long) value).intValue());
            case UINT16, INT16 -> {
                out.write(((Long) value).intValue());
                out.write(((Long) value).intValue() >> 8);
            }
            case UINT32, INT32 -> int32(((Long) value).intValue());
            case UINT64, INT64 -> int64((Long) value);
            case FLOAT32 -> int32(Float.floatToRawIntBits(((Double) value).floatValue()));
            case FLOAT64 -> int64(Double.doubleToRawLongBits((Double) value));
            case BOOL -> out.write((Boolean) value ? 1 : 0);
            case STRING -> string((String) value);
            case ARRAY -> throw new IllegalStateException("arrays of arrays are not written");
        }
    }

    private void tensor(TensorInfo tensor) {
        string(tensor.name());
        int32(tensor.shape().size());
        for (int n : tensor.shape().reversed()) {
            int64(n);
        }
        int32(GgufType.tensorCode(tensor.type()));
        int64(tensor.offset());
    }

    private void string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int64(bytes.length);
        out.writeBytes(bytes);
    }

    private void int32(int value) {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            out.write(value >> shift);
        }
    }

    private void int64(long value) {
        int32((int) value);
        int32((int) (value >> Integer.SIZE));
    }
}
