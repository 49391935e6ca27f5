package sinew.bench.peers.export;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Panels;
import sinew.kernels.WeightType;

/// Weights of our file in PyTorch's layouts: the one place of the exporters that knows how kernels read them.
final class DenseWeights implements AutoCloseable {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final WeightsFile file;

    DenseWeights(Path path) throws IOException {
        file = WeightsFile.open(path);
    }

    DiffusionSpec spec() {
        return (DiffusionSpec) SpecMetadata.read(file.metadata());
    }

    boolean has(String name) {
        return file.find(name) != null;
    }

    /// A linear layer [out, in].
    float[] linear(String name, int outputs, int inputs) {
        MemorySegment panels = panels(name, outputs, inputs);
        float[] dense = new float[Math.multiplyExact(outputs, inputs)];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                dense[o * inputs + i] = at(panels, inputs, o, i);
            }
        }
        return dense;
    }

    /// A convolution over time [out, in, taps].
    float[] conv1d(String name, int outputs, int inputs, int taps) {
        int depth = inputs * taps;
        MemorySegment panels = panels(name, outputs, depth);
        float[] dense = new float[Math.multiplyExact(outputs, depth)];
        for (int o = 0; o < outputs; o++) {
            for (int d = 0; d < depth; d++) {
                dense[o * depth + d] = at(panels, depth, o, d);
            }
        }
        return dense;
    }

    /// A transposed convolution over time [in, out, taps].
    float[] convTranspose1d(String name, int inputs, int outputs, int taps) {
        int depth = inputs * taps;
        MemorySegment panels = panels(name, outputs, depth);
        float[] dense = new float[Math.multiplyExact(outputs, depth)];
        for (int o = 0; o < outputs; o++) {
            for (int d = 0; d < depth; d++) {
                dense[(d / taps * outputs + o) * taps + d % taps] = at(panels, depth, o, d);
            }
        }
        return dense;
    }

    /// A convolution over pictures [out, in, size, size].
    float[] conv2d(String name, int outputs, int inputs, int size) {
        int taps = size * size;
        int depth = inputs * taps;
        MemorySegment panels = panels(name, outputs, depth);
        float[] dense = new float[Math.multiplyExact(outputs, depth)];
        for (int o = 0; o < outputs; o++) {
            for (int d = 0; d < depth; d++) {
                dense[(o * inputs + d % inputs) * taps + d / inputs] = at(panels, depth, o, d);
            }
        }
        return dense;
    }

    /// A tensor that is not packed.
    float[] plain(String name, int... shape) {
        TensorInfo tensor = find(name);
        List<Integer> want = Arrays.stream(shape).boxed().toList();
        if (!tensor.shape().equals(want)) {
            throw new IllegalArgumentException(
                    file.path() + ": " + name + " has shape " + tensor.shape() + ", the network at this size wants " + want);
        }
        return file.data(tensor).toArray(F32);
    }

    private MemorySegment panels(String name, int outputs, int depth) {
        TensorInfo tensor = find(name);
        if (tensor.byteSize() != Panels.byteSize(WeightType.F32, outputs, depth)) {
            throw new IllegalArgumentException(file.path() + ": " + name + " has shape " + tensor.shape()
                    + ", which does not hold " + outputs + " outputs of " + depth + " weights");
        }
        return file.data(tensor);
    }

    private TensorInfo find(String name) {
        TensorInfo tensor = file.find(name);
        if (tensor == null) {
            throw new IllegalArgumentException(file.path() + " has no tensor " + name);
        }
        if (tensor.type() != WeightType.F32) {
            throw new IllegalArgumentException(file.path() + ": " + name + " is stored as " + tensor.type()
                    + "; exports want F32");
        }
        return tensor;
    }

    private static float at(MemorySegment panels, int depth, int output, int d) {
        long panel = output / Panels.WIDTH;
        return panels.get(F32, ((panel * depth + d) * Panels.WIDTH + output % Panels.WIDTH) * Float.BYTES);
    }

    @Override
    public void close() {
        file.close();
    }
}
