package sinew.engine.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sinew.kernels.NativeMemory;
import sinew.kernels.Panels;
import sinew.kernels.WeightType;
import sinew.kernels.Winograd2d;

/// Lookup of weights under a prefix. A missing or misshapen tensor does not stop the lookup: it is noted, and what
/// is returned in its place has the right size but throws when it is read. [#requireComplete()] then fails once
/// with all of them.
public final class WeightScope {
    /// Suffix of the tensor with the scales of INT8 weights.
    public static final String SCALE = ".scale";

    private static final int MOST_LISTED = 40;
    private static final int WINOGRAD_TAPS = 9;

    private final WeightsFile file;
    private final String prefix;
    private final List<String> problems;

    WeightScope(WeightsFile file) {
        this(file, "", new ArrayList<>());
    }

    private WeightScope(WeightsFile file, String prefix, List<String> problems) {
        this.file = file;
        this.prefix = prefix;
        this.problems = problems;
    }

    /// The scope `name` inside this one: `scope.in("unet").in("mid_modules.0")` finds `unet.mid_modules.0.*`.
    public WeightScope in(String name) {
        return new WeightScope(file, prefix + name + ".", problems);
    }

    /// Full name of a tensor of this scope.
    public String name(String name) {
        return prefix + name;
    }

    public boolean has(String name) {
        return file.find(prefix + name) != null;
    }

    /// Packed weights of a linear layer, stored as [panels, groups, 16 * group].
    public Panels panels(String name, int outputs, int inputs) {
        TensorInfo tensor = packed(name, outputs, 0, inputs);
        return tensor == null ? unreadable(outputs, inputs) : over(name, tensor, outputs, inputs);
    }

    /// Packed weights of a convolution over time, stored as [panels, taps, groups, 16 * group].
    public Panels tapPanels(String name, int outputs, int channels, int taps) {
        int perTap = Panels.aligned(channels);
        TensorInfo tensor = packed(name, outputs, taps, perTap);
        long depth = (long) taps * perTap;
        return tensor == null ? unreadable(outputs, depth) : over(name, tensor, outputs, (int) depth);
    }

    /// Packed weights of a 2-D convolution, stored as panels and widened to F32: kernels take no others.
    public Panels picturePanels(String name, int outputs, int taps, int channels) {
        long depth = product(taps, channels);
        TensorInfo tensor = depth > Integer.MAX_VALUE ? null : packed(name, outputs, 0, (int) depth);
        if (tensor == null) {
            return unreadable(outputs, depth);
        }
        Panels stored = over(name, tensor, outputs, (int) depth);
        return stored.type() == WeightType.F32
                ? stored
                : stored.widen(file.allocate(Panels.byteSize(WeightType.F32, outputs, (int) depth)));
    }

    /// Packed weights of a 3x3 convolution, transformed for [Winograd2d]: four times the stored ones.
    public Panels winogradPanels(String name, int outputs, int channels) {
        int depth = WINOGRAD_TAPS * channels;
        TensorInfo tensor = packed(name, outputs, 0, depth);
        if (tensor == null) {
            return unreadable(outputs, (long) Winograd2d.depth(channels));
        }
        Panels stored = over(name, tensor, outputs, depth);
        MemorySegment transformed = file.allocate(Winograd2d.weightBytes(channels, outputs));
        if (stored.type() == WeightType.F32) {
            return Winograd2d.transform(stored, channels, transformed);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment wide = NativeMemory.bytes(arena, Panels.byteSize(WeightType.F32, outputs, depth));
            return Winograd2d.transform(stored.widen(wide), channels, transformed);
        }
    }

    /// @param taps 0 where the tensor has no such dimension
    private TensorInfo packed(String name, int outputs, int taps, int depth) {
        TensorInfo tensor = file.find(prefix + name);
        WeightType type = tensor == null ? WeightType.F32 : tensor.type();
        int panels = Panels.panels(outputs);
        int groups = Panels.groups(type, depth);
        int width = Panels.WIDTH * type.group();
        return taps == 0 ? find(name, null, panels, groups, width) : find(name, null, panels, taps, groups, width);
    }

    private Panels over(String name, TensorInfo tensor, int outputs, int depth) {
        MemorySegment scales = tensor.type() == WeightType.INT8 ? vector(name + SCALE, outputs) : null;
        return new Panels(tensor.type(), outputs, depth, file.data(tensor), scales);
    }

    private static Panels unreadable(int outputs, long depth) {
        return depth > Integer.MAX_VALUE
                ? new Panels(WeightType.F32, 1, 1, unreadable(Panels.WIDTH * Float.BYTES))
                : new Panels(WeightType.F32, outputs, (int) depth,
                        unreadable(Panels.byteSize(WeightType.F32, outputs, (int) depth)));
    }

    /// A float32 vector [n]: a bias, the gain of a norm, a statistic.
    public MemorySegment vector(String name, int n) {
        return floats(name, n);
    }

    /// As vector, but null when the file has no such tensor.
    public MemorySegment optionalVector(String name, int n) {
        return has(name) ? vector(name, n) : null;
    }

    /// A float32 tensor of any shape, row-major and not packed.
    public MemorySegment floats(String name, int... shape) {
        TensorInfo tensor = find(name, WeightType.F32, shape);
        if (tensor != null) {
            return file.data(tensor);
        }
        long count = product(shape);
        return unreadable(count > Integer.MAX_VALUE ? Float.BYTES : count * Float.BYTES);
    }

    /// Adds a problem that the caller found to those that [#requireComplete()] reports.
    public void problem(String name, String problem) {
        problems.add(prefix + name + ": " + problem);
    }

    /// Fails once with everything that was missing or misshapen so far, in this scope or any other of the same root.
    ///
    /// @throws WeightsFormatException when anything was
    public void requireComplete() {
        if (problems.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder("the weights do not fit the policy's spec. ")
                .append("Convert the checkpoint again. ")
                .append(problems.size()).append(problems.size() == 1 ? " problem:" : " problems:");
        for (String problem : problems.subList(0, Math.min(MOST_LISTED, problems.size()))) {
            text.append("\n  ").append(problem);
        }
        if (problems.size() > MOST_LISTED) {
            text.append("\n  and ").append(problems.size() - MOST_LISTED).append(" more");
        }
        throw new WeightsFormatException(file.path(), text.toString());
    }

    private TensorInfo find(String name, WeightType type, int... shape) {
        TensorInfo tensor = file.find(prefix + name);
        List<Integer> want = Arrays.stream(shape).boxed().toList();
        if (tensor == null) {
            problem(name, "missing, expected shape " + want);
            return null;
        }
        if (!tensor.shape().equals(want)) {
            problem(name, "has shape " + tensor.shape() + ", expected " + want);
            return null;
        }
        if (type != null && tensor.type() != type) {
            problem(name, "is stored as " + tensor.type() + ", expected " + type);
            return null;
        }
        return tensor;
    }

    private static long product(int... factors) {
        long product = 1;
        for (int n : factors) {
            product = product > Integer.MAX_VALUE ? product : product * n;
        }
        return product;
    }

    /// Memory of the given size whose arena is closed: it has a size, and reading it throws.
    @SuppressWarnings("restricted")
    private static MemorySegment unreadable(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            return MemorySegment.NULL.reinterpret(bytes, arena, null);
        }
    }
}
