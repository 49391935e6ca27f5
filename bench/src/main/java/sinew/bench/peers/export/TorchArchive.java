package sinew.bench.peers.export;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A TorchScript file: a zip without compression that holds the source of one module, its attributes pickled, and its
/// tensors. Format: torch/csrc/jit/docs/serialization.md of PyTorch, file format version 10.
final class TorchArchive {
    private static final String CLASS = "Network";
    private static final String FORMAT_VERSION = "10\n";

    private record Tensor(String attribute, int[] shape, Supplier<float[]> dense) {}

    private final Map<String, Tensor> tensors = new LinkedHashMap<>(); // by name in the weights file

    /// Makes a tensor an attribute of the module.
    ///
    /// @return the attribute's name
    String tensor(String name, Supplier<float[]> dense, int... shape) {
        return tensors.computeIfAbsent(name, n -> new Tensor("w" + tensors.size(), shape, dense)).attribute;
    }

    /// Writes the file under another name and renames it when it is whole.
    ///
    /// @param forward the body of the module's method, indented by four spaces
    void write(Path file, List<String> inputs, List<String> forward) throws IOException {
        Path unfinished = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".part");
        try {
            try (ZipOutputStream zip =
                    new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 16))) {
                put(zip, "data.pkl", attributes());
                put(zip, "code/__torch__.py", source(inputs, forward).getBytes(StandardCharsets.UTF_8));
                put(zip, "constants.pkl", new PickleWriter().emptyTuple().stop());
                put(zip, "version", FORMAT_VERSION.getBytes(StandardCharsets.US_ASCII));
                int key = 0;
                for (Tensor tensor : tensors.values()) {
                    put(zip, "data/" + key++, OnnxModel.floats(tensor.dense.get()));
                }
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry("network/" + name);
        CRC32 checksum = new CRC32();
        checksum.update(bytes);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    private byte[] attributes() {
        PickleWriter pickle = new PickleWriter().global("__torch__", CLASS).emptyTuple().newObject().emptyDict().mark();
        pickle.text("training").bool(false);
        int key = 0;
        for (Tensor tensor : tensors.values()) {
            pickle.text(tensor.attribute);
            tensor(pickle, Integer.toString(key++), tensor.shape);
        }
        return pickle.setItems().build().stop();
    }

    private static void tensor(PickleWriter pickle, String key, int[] shape) {
        int elements = 1;
        int[] strides = new int[shape.length];
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = elements;
            elements = Math.multiplyExact(elements, shape[axis]);
        }
        pickle.global("torch._utils", "_rebuild_tensor_v2").mark();
        pickle.mark().text("storage").global("torch", "FloatStorage").text(key).text("cpu").integer(elements);
        pickle.tuple().persistent().integer(0);
        integers(pickle, shape);
        integers(pickle, strides);
        pickle.bool(false).global("collections", "OrderedDict").emptyTuple().reduce().tuple().reduce();
    }

    private static void integers(PickleWriter pickle, int[] values) {
        pickle.mark();
        for (int value : values) {
            pickle.integer(value);
        }
        pickle.tuple();
    }

    private String source(List<String> inputs, List<String> forward) {
        List<String> lines = new ArrayList<>();
        lines.add("class " + CLASS + "(Module):");
        lines.add("  __parameters__ = []");
        lines.add("  __buffers__ = []");
        lines.add("  training : bool");
        tensors.values().forEach(tensor -> lines.add("  " + tensor.attribute + " : Tensor"));
        String arguments = String.join(", ", inputs.stream().map(input -> input + ": Tensor").toList());
        lines.add("  def forward(self: __torch__." + CLASS + ", " + arguments + ") -> Tensor:");
        lines.addAll(forward);
        return String.join("\n", lines) + "\n";
    }
}
