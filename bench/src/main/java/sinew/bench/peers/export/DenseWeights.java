package sinew.bench.peers.export;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightScope;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Panels;

/// Weights of our file in PyTorch's layouts: the one place of the exporters that knows the order in which kernels
/// read them, see [Panels].
final class DenseWeights implements AutoCloseable {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final WeightsFile file;
    private final WeightScope scope;

    DenseWeights(Path path) throws IOException {
        file = WeightsFile.open(path);
        scope = file.scope();
    }

    DiffusionSpec spec() {
        return (DiffusionSpec) SpecMetadata.read(file.metadata());
    }

    boolean has(String name) {
        return scope.has(name);
    }

    /// A linear layer [out, in].
    float[] linear(String name, int outputs, int inputs) {
        Panels panels = complete(scope.panels(name, outputs, inputs));
        float[] dense = new float[Math.multiplyExact(outputs, inputs)];
        for (int i = 0; i < dense.length; i++) {
            dense[i] = panels.scaled(i / inputs, i % inputs);
        }
        return dense;
    }

    /// A convolution over time [out, in, taps].
    float[] conv1d(String name, int outputs, int inputs, int taps) {
        Panels panels = complete(scope.tapPanels(name, outputs, inputs, taps));
        int perTap = Panels.aligned(inputs);
        float[] dense = new float[Math.multiplyExact(outputs, inputs * taps)];
        int at = 0;
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                for (int tap = 0; tap < taps; tap++) {
                    dense[at++] = panels.scaled(o, tap * perTap + i);
                }
            }
        }
        return dense;
    }

    /// A transposed convolution over time [in, out, taps].
    float[] convTranspose1d(String name, int inputs, int outputs, int taps) {
        Panels panels = complete(scope.tapPanels(name, outputs, inputs, taps));
        int perTap = Panels.aligned(inputs);
        float[] dense = new float[Math.multiplyExact(outputs, inputs * taps)];
        int at = 0;
        for (int i = 0; i < inputs; i++) {
            for (int o = 0; o < outputs; o++) {
                for (int tap = 0; tap < taps; tap++) {
                    dense[at++] = panels.scaled(o, tap * perTap + i);
                }
            }
        }
        return dense;
    }

    /// A convolution over pictures [out, in, size, size].
    float[] conv2d(String name, int outputs, int inputs, int size) {
        int taps = size * size;
        Panels panels = complete(scope.picturePanels(name, outputs, taps, inputs));
        float[] dense = new float[Math.multiplyExact(outputs, inputs * taps)];
        int at = 0;
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                for (int tap = 0; tap < taps; tap++) {
                    dense[at++] = panels.scaled(o, tap * inputs + i);
                }
            }
        }
        return dense;
    }

    /// A tensor that is not packed.
    ///
    /// @throws IllegalArgumentException when it has another shape than the network at this size wants
    float[] plain(String name, int... shape) {
        TensorInfo tensor = file.find(name);
        List<Integer> want = Arrays.stream(shape).boxed().toList();
        if (tensor == null || !tensor.shape().equals(want)) {
            throw new IllegalArgumentException(file.path() + ": the network at this size wants " + name
                    + " of shape " + want + ", got " + (tensor == null ? "none" : tensor.shape()));
        }
        return file.data(tensor).toArray(F32);
    }

    private Panels complete(Panels panels) {
        scope.requireComplete();
        return panels;
    }

    @Override
    public void close() {
        file.close();
    }
}
