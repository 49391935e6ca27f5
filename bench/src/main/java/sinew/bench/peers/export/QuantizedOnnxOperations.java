package sinew.bench.peers.export;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import sinew.bench.peers.export.OnnxModel.Attribute;
import sinew.bench.peers.export.OnnxModel.Type;

/// Writes networks for static int8: what layers read and what convolutions give goes through pairs of QuantizeLinear
/// and DequantizeLinear (uint8, one scale per value), weights are int8 with a scale per output channel, biases int32.
/// Where such pairs surround an operation, ONNX Runtime runs it in int8.
///
/// Transposed convolutions stay float32: the runtime has no other for them.
final class QuantizedOnnxOperations extends OnnxOperations {
    private static final int LARGEST = 127;

    private final TensorFile quantized;
    private final Map<String, Range> ranges;
    private final Map<String, String> pairs = new HashMap<>(); // value to what comes out of its pair
    private final Set<String> bare = new HashSet<>(); // int8 results that get a pair when they are read

    /// @param tensors   for what stays float32
    /// @param quantized for weights in int8
    /// @param ranges    of every value, by name
    QuantizedOnnxOperations(OnnxModel model, DenseWeights weights, TensorFile tensors, TensorFile quantized,
            boolean lifted, Map<String, Range> ranges) {
        super(model, weights, tensors, lifted);
        this.quantized = quantized;
        this.ranges = ranges;
    }

    @Override
    String operand(Value x) {
        return bare.contains(x.name()) ? pair(x) : x.name();
    }

    @Override
    public Value convolve(String layer, Value x, int channels, int taps, int stride) {
        Value y = super.convolve(layer, x, channels, taps, stride);
        bare.add(y.name());
        return y;
    }

    /// A ReLU between an int8 operation and its pair melts into the pair.
    @Override
    public Value relu(Value x) {
        if (!bare.contains(x.name())) {
            return super.relu(x);
        }
        Value y = value(x.shape());
        model.node("Relu", List.of(x.name()), List.of(y.name()));
        bare.add(y.name());
        return y;
    }

    /// In int8 where both sides are in int8 anyway.
    @Override
    public Value add(Value a, Value b) {
        boolean both = isQuantized(a) && isQuantized(b);
        if (!both) {
            return super.add(a, b);
        }
        Value y = value(a.shape());
        model.node("Add", List.of(pair(a), pair(b)), List.of(y.name()));
        bare.add(y.name());
        return y;
    }

    private boolean isQuantized(Value x) {
        return bare.contains(x.name()) || pairs.containsKey(x.name());
    }

    /// The largest of some uint8 is one of them, so the pool keeps its input's scale.
    @Override
    public Value maxPool(Value x) {
        String in = pair(x);
        Value y = super.maxPool(new Value(in, x.shape()));
        pairs.put(y.name(), pair(y.name(), ranges.get(x.name())));
        bare.add(y.name());
        return y;
    }

    @Override
    List<String> layer(String layer, Value x, int outputs, Supplier<float[]> dense, int... shape) {
        String input = pair(x);
        float[] weight = dense.get();
        float[] scales = scales(weight, outputs);
        List<String> inputs = new ArrayList<>(List.of(input, weight(layer + ".weight", weight, scales, shape)));
        if (weights.has(layer + ".bias")) {
            inputs.add(bias(layer + ".bias", ranges.get(x.name()).scale(), scales));
        }
        return inputs;
    }

    /// [outputs], so that the largest magnitude of an output's weights becomes 127.
    private static float[] scales(float[] weight, int outputs) {
        int each = weight.length / outputs;
        float[] scales = new float[outputs];
        for (int i = 0; i < weight.length; i++) {
            scales[i / each] = Math.max(scales[i / each], Math.abs(weight[i]) / LARGEST);
        }
        for (int o = 0; o < outputs; o++) {
            scales[o] = scales[o] == 0 ? 1 : scales[o];
        }
        return scales;
    }

    private String weight(String name, float[] weight, float[] scales, int... shape) {
        int each = weight.length / scales.length;
        TensorFile.Place place = quantized.append(weight.length, () -> {
            byte[] bytes = new byte[weight.length];
            for (int i = 0; i < weight.length; i++) {
                bytes[i] = (byte) Math.round(weight[i] / scales[i / each]);
            }
            return bytes;
        });
        model.external(name + ".s8", Type.INT8, place, shape);
        return dequantized(name, ".s8", scales, Type.INT8);
    }

    /// A bias has the scale of the sums that it is added to.
    private String bias(String name, float inputScale, float[] scales) {
        float[] bias = weights.plain(name, scales.length);
        float[] sumScales = new float[scales.length];
        int[] integers = new int[scales.length];
        for (int o = 0; o < scales.length; o++) {
            sumScales[o] = inputScale * scales[o];
            integers[o] = Math.round(bias[o] / sumScales[o]);
        }
        model.constant(name + ".s32", Type.INT32, OnnxModel.integers(integers), scales.length);
        return dequantized(name, ".s32", sumScales, Type.INT32);
    }

    private String dequantized(String name, String suffix, float[] scales, Type type) {
        model.constant(name + ".scale", Type.FLOAT, OnnxModel.floats(scales), scales.length);
        byte[] zeros = new byte[scales.length * (type == Type.INT8 ? 1 : Integer.BYTES)];
        model.constant(name + ".zero", type, zeros, scales.length);
        model.node("DequantizeLinear", List.of(name + suffix, name + ".scale", name + ".zero"),
                List.of(name + ".real"), Attribute.integer("axis", 0));
        return name + ".real";
    }

    private String pair(Value x) {
        String known = pairs.get(x.name());
        if (known != null) {
            return known;
        }
        Range range = ranges.get(x.name());
        if (range == null) {
            throw new IllegalArgumentException("nobody observed the values of " + x.name());
        }
        String out = pair(x.name(), range);
        pairs.put(x.name(), out);
        return out;
    }

    private String pair(String value, Range range) {
        String scale = value + ".scale_u8";
        String zero = value + ".zero_u8";
        model.constant(scale, Type.FLOAT, OnnxModel.floats(range.scale()));
        model.constant(zero, Type.UINT8, new byte[] {(byte) range.zeroPoint()});
        model.node("QuantizeLinear", List.of(value, scale, zero), List.of(value + ".u8"));
        model.node("DequantizeLinear", List.of(value + ".u8", scale, zero), List.of(value + ".pair"));
        return value + ".pair";
    }
}
