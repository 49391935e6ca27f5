package sinew.bench.peers.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/// Writes networks as TorchScript: the calls that PyTorch's modules make when they run.
final class TorchOperations implements Operations {
    private static final String EPSILON = "1.0000000000000001e-05";

    private final TorchArchive archive;
    private final DenseWeights weights;
    private final List<String> inputs = new ArrayList<>();
    private final List<String> forward = new ArrayList<>();
    private int values;

    TorchOperations(TorchArchive archive, DenseWeights weights) {
        this.archive = archive;
        this.weights = weights;
    }

    /// Names of the inputs, in order.
    List<String> inputs() {
        return inputs;
    }

    /// Body of the module's method.
    List<String> forward() {
        return forward;
    }

    @Override
    public Value input(String name, boolean integers, int... shape) {
        inputs.add(name);
        return new Value(name, shape);
    }

    @Override
    public void output(String name, Value x) {
        forward.add("    return " + x.name());
    }

    @Override
    public Value channelsFirst(Value x) {
        return call(Extents.exchanged(x), "torch.transpose(%s, 1, 2)", x.name());
    }

    @Override
    public Value channelsLast(Value x) {
        return call(Extents.exchanged(x), "torch.contiguous(torch.transpose(%s, 1, 2))", x.name());
    }

    @Override
    public Value convolve(String layer, Value x, int channels, int taps, int stride) {
        int axes = x.rank() - 2;
        int[] shape = new int[x.rank()];
        Arrays.fill(shape, taps);
        shape[0] = channels;
        shape[1] = x.channels();
        String weight = attribute(layer + ".weight", () -> axes == 2
                ? weights.conv2d(layer + ".weight", channels, x.channels(), taps)
                : weights.conv1d(layer + ".weight", channels, x.channels(), taps), shape);
        String bias = weights.has(layer + ".bias") ? plain(layer + ".bias", channels) : "None";
        return call(Extents.strided(x, channels, taps, stride), "torch.conv%dd(%s, %s, %s, %s, %s, %s, 1)",
                axes, x.name(), weight, bias, repeated(stride, axes), repeated(taps / 2, axes), repeated(1, axes));
    }

    @Override
    public Value grow(String layer, Value x) {
        int channels = x.channels();
        String weight = attribute(layer + ".weight",
                () -> weights.convTranspose1d(layer + ".weight", channels, channels, 4), channels, channels, 4);
        return call(new int[] {x.batch(), channels, 2 * x.shape()[2]},
                "torch.conv_transpose1d(%s, %s, %s, [2], [1], [0], 1, [1])",
                x.name(), weight, plain(layer + ".bias", channels));
    }

    @Override
    public Value groupNorm(String norm, Value x, int groups) {
        return call(x.shape(), "torch.group_norm(%s, %d, %s, %s, %s)", x.name(), groups,
                plain(norm + ".weight", x.channels()), plain(norm + ".bias", x.channels()), EPSILON);
    }

    @Override
    public Value mish(Value x) {
        return call(x.shape(), "torch.mish(%s)", x.name());
    }

    @Override
    public Value relu(Value x) {
        return call(x.shape(), "torch.relu(%s)", x.name());
    }

    @Override
    public Value add(Value a, Value b) {
        return call(a.shape(), "torch.add(%s, %s)", a.name(), b.name());
    }

    @Override
    public Value join(Value a, Value b) {
        return call(Extents.joined(a, b), "torch.cat([%s, %s], 1)", a.name(), b.name());
    }

    @Override
    public Value linear(String layer, Value x, int outputs) {
        String weight = attribute(layer + ".weight",
                () -> weights.linear(layer + ".weight", outputs, x.channels()), outputs, x.channels());
        return call(new int[] {x.batch(), outputs}, "torch.linear(%s, %s, %s)",
                x.name(), weight, plain(layer + ".bias", outputs));
    }

    @Override
    public Value modulate(Value x, Value modulation, boolean scale) {
        int[] shape = {x.batch(), modulation.channels(), 1};
        Value wide = call(shape, "torch.unsqueeze(%s, -1)", modulation.name());
        if (!scale) {
            return call(x.shape(), "torch.add(%s, %s)", x.name(), wide.name());
        }
        return call(x.shape(), "torch.add(torch.mul(torch.narrow(%s, 1, 0, %d), %s), torch.narrow(%s, 1, %d, %d))",
                wide.name(), x.channels(), x.name(), wide.name(), x.channels(), x.channels());
    }

    @Override
    public Value maxPool(Value x) {
        return call(Extents.strided(x, x.channels(), 3, 2),
                "torch.max_pool2d(%s, [3, 3], [2, 2], [1, 1], [1, 1], False)", x.name());
    }

    @Override
    public Value softArgmax(Value maps, String grid) {
        int cells = maps.shape()[2] * maps.shape()[3];
        return call(new int[] {maps.batch(), 2 * maps.channels()},
                "torch.reshape(torch.matmul(torch.softmax(torch.reshape(%s, [-1, %d]), -1), %s), [-1, %d])",
                maps.name(), cells, plain(grid, cells, 2), 2 * maps.channels());
    }

    @Override
    public Value waves(Value steps, int dim) {
        String frequencies = attribute("frequencies", () -> Waves.frequencies(dim), dim / 2);
        Value angle = call(new int[] {steps.batch(), dim / 2}, "torch.mul(torch.unsqueeze(%s, -1), %s)",
                steps.name(), frequencies);
        return call(new int[] {steps.batch(), dim}, "torch.cat([torch.sin(%s), torch.cos(%s)], -1)",
                angle.name(), angle.name());
    }

    private Value call(int[] shape, String format, Object... arguments) {
        Value value = new Value("v" + values++, shape);
        forward.add("    " + value.name() + " = " + String.format(format, arguments));
        return value;
    }

    private String plain(String name, int... shape) {
        return attribute(name, () -> weights.plain(name, shape), shape);
    }

    private String attribute(String name, Supplier<float[]> dense, int... shape) {
        return "self." + archive.tensor(name, dense, shape);
    }

    private static String repeated(int value, int times) {
        return Collections.nCopies(times, value).toString();
    }
}
