package sinew.bench.peers.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import sinew.bench.peers.export.OnnxModel.Attribute;
import sinew.bench.peers.export.OnnxModel.Type;

/// Writes networks as ONNX nodes of opset 17, spelled as PyTorch's exporter spells them: GroupNorm as instance
/// normalisation of reshaped groups, Mish as x * tanh(softplus(x)).
///
/// Lifted, values over time are [B, C, 1, T] and convolutions 2-D of height 1: ONNX Runtime packs the weights of
/// those beforehand, and of 1-D ones it does not.
class OnnxOperations implements Operations {
    private static final float EPSILON = 1e-5f;

    final OnnxModel model;
    final DenseWeights weights;
    private final TensorFile tensors;
    private final boolean lifted;
    private final List<Value> values = new ArrayList<>();

    OnnxOperations(OnnxModel model, DenseWeights weights, TensorFile tensors, boolean lifted) {
        this.model = model;
        this.weights = weights;
        this.tensors = tensors;
        this.lifted = lifted;
    }

    /// Every value of float32 that the network has had so far, inputs included. The names are the same for any way of
    /// writing a network.
    List<Value> values() {
        return values;
    }

    @Override
    public Value input(String name, boolean integers, int... shape) {
        model.input(name, integers ? Type.INT64 : Type.FLOAT, shape);
        Value value = new Value(name, shape);
        if (!integers) {
            values.add(value);
        }
        return value;
    }

    @Override
    public void output(String name, Value x) {
        model.node("Identity", List.of(operand(x)), List.of(name));
        model.output(name, Type.FLOAT, x.shape());
    }

    @Override
    public Value channelsFirst(Value x) {
        Value y = value(Extents.exchanged(x));
        String out = lifted ? y.name() + ".time" : y.name();
        model.node("Transpose", List.of(operand(x)), List.of(out), Attribute.integers("perm", 0, 2, 1));
        if (lifted) {
            model.node("Unsqueeze", List.of(out, longs(2)), List.of(y.name()));
        }
        return y;
    }

    @Override
    public Value channelsLast(Value x) {
        Value y = value(Extents.exchanged(x));
        String in = operand(x);
        if (lifted) {
            model.node("Squeeze", List.of(in, longs(2)), List.of(y.name() + ".time"));
            in = y.name() + ".time";
        }
        model.node("Transpose", List.of(in), List.of(y.name()), Attribute.integers("perm", 0, 2, 1));
        return y;
    }

    @Override
    public Value convolve(String layer, Value x, int channels, int taps, int stride) {
        Value y = value(Extents.strided(x, channels, taps, stride));
        int[] shape = x.rank() == 4
                ? new int[] {channels, x.channels(), taps, taps}
                : overTime(channels, x.channels(), taps);
        Supplier<float[]> dense = () -> x.rank() == 4
                ? weights.conv2d(layer + ".weight", channels, x.channels(), taps)
                : weights.conv1d(layer + ".weight", channels, x.channels(), taps);
        model.node("Conv", layer(layer, x, channels, dense, shape), List.of(y.name()),
                window(x.rank() == 4, kernel(shape), taps / 2, stride));
        return y;
    }

    @Override
    public Value grow(String layer, Value x) {
        int channels = x.channels();
        Value y = value(x.batch(), channels, 2 * x.shape()[2]);
        int[] shape = overTime(channels, channels, 4);
        Supplier<float[]> dense = () -> weights.convTranspose1d(layer + ".weight", channels, channels, 4);
        model.node("ConvTranspose", floatLayer(layer, x, channels, dense, shape), List.of(y.name()),
                window(false, kernel(shape), 1, 2));
        return y;
    }

    /// The inputs of a layer's node: what it reads, its weights and, where it has one, its bias.
    ///
    /// @param shape of the weights
    List<String> layer(String layer, Value x, int outputs, Supplier<float[]> dense, int... shape) {
        return floatLayer(layer, x, outputs, dense, shape);
    }

    private List<String> floatLayer(String layer, Value x, int outputs, Supplier<float[]> dense, int... shape) {
        String weight = tensor(layer + ".weight", dense, shape);
        return weights.has(layer + ".bias")
                ? List.of(operand(x), weight, plain(layer + ".bias", outputs))
                : List.of(operand(x), weight);
    }

    @Override
    public Value groupNorm(String norm, Value x, int groups) {
        Value y = value(x.shape());
        String groupsName = y.name() + ".groups";
        String normalised = y.name() + ".normalised";
        String scaled = y.name() + ".scaled";
        model.node("Reshape", List.of(operand(x), longs(0, groups, -1)), List.of(groupsName));
        model.node("InstanceNormalization",
                List.of(groupsName, repeated(1, groups), repeated(0, groups)),
                List.of(normalised),
                Attribute.number("epsilon", EPSILON));
        model.node("Reshape", List.of(normalised, longs(physical(x.shape()))), List.of(normalised + ".back"));
        int[] perChannel = perChannel(x);
        model.node("Mul", List.of(normalised + ".back", plain(norm + ".weight", perChannel)), List.of(scaled));
        model.node("Add", List.of(scaled, plain(norm + ".bias", perChannel)), List.of(y.name()));
        return y;
    }

    @Override
    public Value mish(Value x) {
        Value y = value(x.shape());
        model.node("Softplus", List.of(operand(x)), List.of(y.name() + ".softplus"));
        model.node("Tanh", List.of(y.name() + ".softplus"), List.of(y.name() + ".tanh"));
        model.node("Mul", List.of(operand(x), y.name() + ".tanh"), List.of(y.name()));
        return y;
    }

    @Override
    public Value relu(Value x) {
        Value y = value(x.shape());
        model.node("Relu", List.of(operand(x)), List.of(y.name()));
        return y;
    }

    @Override
    public Value add(Value a, Value b) {
        Value y = value(a.shape());
        model.node("Add", List.of(operand(a), operand(b)), List.of(y.name()));
        return y;
    }

    @Override
    public Value join(Value a, Value b) {
        Value y = value(Extents.joined(a, b));
        model.node("Concat", List.of(operand(a), operand(b)), List.of(y.name()), Attribute.integer("axis", 1));
        return y;
    }

    @Override
    public Value linear(String layer, Value x, int outputs) {
        Value y = value(x.batch(), outputs);
        int inputs = x.channels();
        model.node("Gemm",
                layer(layer, x, outputs, () -> weights.linear(layer + ".weight", outputs, inputs), outputs, inputs),
                List.of(y.name()),
                Attribute.integer("transB", 1));
        return y;
    }

    @Override
    public Value modulate(Value x, Value modulation, boolean scale) {
        Value y = value(x.shape());
        int[] shape = physical(x.batch(), modulation.channels(), 1);
        String wide = y.name() + ".modulation";
        model.node("Reshape", List.of(operand(modulation), longs(shape)), List.of(wide));
        if (!scale) {
            model.node("Add", List.of(operand(x), wide), List.of(y.name()));
            return y;
        }
        List<String> halves = List.of(wide + ".scale", wide + ".shift");
        model.node("Split", List.of(wide, longs(x.channels(), x.channels())), halves, Attribute.integer("axis", 1));
        model.node("Mul", List.of(operand(x), halves.getFirst()), List.of(y.name() + ".scaled"));
        model.node("Add", List.of(y.name() + ".scaled", halves.getLast()), List.of(y.name()));
        return y;
    }

    @Override
    public Value maxPool(Value x) {
        Value y = value(Extents.strided(x, x.channels(), 3, 2));
        model.node("MaxPool", List.of(operand(x)), List.of(y.name()), window(true, new int[] {3, 3}, 1, 2));
        return y;
    }

    @Override
    public Value softArgmax(Value maps, String grid) {
        int batch = maps.batch();
        int count = maps.channels();
        int cells = maps.shape()[2] * maps.shape()[3];
        Value y = value(batch, 2 * count);
        model.node("Reshape", List.of(operand(maps), longs(batch * count, cells)), List.of(y.name() + ".flat"));
        model.node("Softmax", List.of(y.name() + ".flat"), List.of(y.name() + ".soft"), Attribute.integer("axis", -1));
        model.node("MatMul", List.of(y.name() + ".soft", plain(grid, cells, 2)), List.of(y.name() + ".points"));
        model.node("Reshape", List.of(y.name() + ".points", longs(y.shape())), List.of(y.name()));
        return y;
    }

    @Override
    public Value waves(Value steps, int dim) {
        Value y = value(steps.batch(), dim);
        String column = y.name() + ".column";
        String angle = y.name() + ".angle";
        model.node("Cast", List.of(steps.name()), List.of(y.name() + ".float"),
                Attribute.integer("to", Type.FLOAT.code));
        model.node("Unsqueeze", List.of(y.name() + ".float", longs(1)), List.of(column));
        String frequencies = constant("frequencies", Waves.frequencies(dim), 1, dim / 2);
        model.node("Mul", List.of(column, frequencies), List.of(angle));
        model.node("Sin", List.of(angle), List.of(angle + ".sin"));
        model.node("Cos", List.of(angle), List.of(angle + ".cos"));
        model.node("Concat", List.of(angle + ".sin", angle + ".cos"), List.of(y.name()),
                Attribute.integer("axis", 1));
        return y;
    }

    /// What a node reads to get a value.
    String operand(Value x) {
        return x.name();
    }

    Value value(int... shape) {
        Value value = new Value("v" + values.size(), shape);
        values.add(value);
        return value;
    }

    private static int[] kernel(int[] weights) {
        return Arrays.copyOfRange(weights, 2, weights.length);
    }

    private int[] overTime(int first, int second, int taps) {
        return lifted ? new int[] {first, second, 1, taps} : new int[] {first, second, taps};
    }

    /// The shape that a value has in the model.
    private int[] physical(int... shape) {
        return lifted && shape.length == 3 ? new int[] {shape[0], shape[1], 1, shape[2]} : shape;
    }

    private int[] perChannel(Value x) {
        int[] shape = new int[physical(x.shape()).length - 1];
        Arrays.fill(shape, 1);
        shape[0] = x.channels();
        return shape;
    }

    /// @param picture false for a window over time, which leaves the height of a lifted value alone
    private static Attribute[] window(boolean picture, int[] kernel, int pad, int stride) {
        int[] pads = new int[2 * kernel.length];
        int[] strides = new int[kernel.length];
        for (int axis = 0; axis < kernel.length; axis++) {
            boolean height = !picture && axis < kernel.length - 1;
            strides[axis] = height ? 1 : stride;
            pads[axis] = height ? 0 : pad;
            pads[kernel.length + axis] = pads[axis];
        }
        return new Attribute[] {
            Attribute.integers("kernel_shape", kernel),
            Attribute.integers("strides", strides),
            Attribute.integers("pads", pads)
        };
    }

    /// A tensor of the weights file, and its name in the model.
    private String tensor(String name, Supplier<float[]> dense, int... shape) {
        if (model.claims(name)) {
            long bytes = Float.BYTES;
            for (int n : shape) {
                bytes *= n;
            }
            model.external(name, Type.FLOAT, tensors.append(bytes, () -> OnnxModel.floats(dense.get())), shape);
        }
        return name;
    }

    /// A tensor that the weights file has not packed. Dimensions of 1 may be added to its shape.
    private String plain(String name, int... shape) {
        int[] stored = name.endsWith(".pos_grid") ? shape : new int[] {shape[0]};
        return tensor(name, () -> weights.plain(name, stored), shape);
    }

    private String constant(String name, float[] value, int... shape) {
        if (model.claims(name)) {
            model.constant(name, Type.FLOAT, OnnxModel.floats(value), shape);
        }
        return name;
    }

    private String repeated(float value, int times) {
        float[] all = new float[times];
        Arrays.fill(all, value);
        return constant((int) value + "x" + times, all, times);
    }

    private String longs(int... numbers) {
        String name = "i" + Arrays.toString(numbers);
        if (model.claims(name)) {
            model.constant(name, Type.INT64, OnnxModel.longs(Arrays.stream(numbers).asLongStream().toArray()),
                    numbers.length);
        }
        return name;
    }
}
