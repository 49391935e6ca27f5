package sinew.convert.torch;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.convert.pickle.PickleClass;
import sinew.convert.pickle.PickleEnvironment;
import sinew.convert.pickle.PickleException;
import sinew.convert.safetensors.Dtype;

/// The list of what a checkpoint may name: tensors and their storages, omegaconf's nodes, and a few of Python's own
/// containers. Source: the checkpoints that diffusion_policy's own saver writes.
final class TorchNames implements PickleEnvironment {
    /// Tells whether a storage is really there.
    interface Storages {
        /// @throws PickleException when it is not there in that size
        void check(TorchStorage storage);
    }

    private interface Call {
        Object apply(List<Object> arguments);
    }

    private record Named(String name, Call body) implements PickleClass {
        @Override
        public Object call(List<Object> arguments) {
            return body.apply(arguments);
        }
    }

    /// A class of storages, which is an argument and never called.
    private record StorageClass(String name, Dtype dtype) implements PickleClass {
        @Override
        public Object call(List<Object> arguments) {
            throw unexpected(name, arguments);
        }
    }

    /// Bytes that a checkpoint may spell as text, all together. One text can be spelled again and again at no cost to
    /// the file's size; a real checkpoint has three numbers and a path here.
    private static final long MAX_ENCODED = 16 << 20;
    private static final int MAX_KEY_LENGTH = 100;

    private final Map<String, PickleClass> known = new HashMap<>();
    private final Storages storages;
    private long encoded;

    TorchNames(Storages storages) {
        this.storages = storages;
        for (String node : List.of("dictconfig.DictConfig", "listconfig.ListConfig", "nodes.AnyNode",
                "nodes.StringNode", "nodes.IntegerNode", "nodes.FloatNode", "nodes.BooleanNode",
                "base.ContainerMetadata", "base.Metadata")) {
            String name = "omegaconf." + node;
            add(name, arguments -> empty(name, arguments, new OmegaconfNode(name)));
        }
        add("typing.Any", arguments -> {
            throw unexpected("typing.Any", arguments);
        });
        add("collections.OrderedDict", arguments -> empty("collections.OrderedDict", arguments,
                new LinkedHashMap<>()));
        add("collections.defaultdict", TorchNames::defaultdict);
        add("dill._dill._load_type", TorchNames::loadType);
        add("_codecs.encode", this::encode);
        add("torch._utils._rebuild_tensor_v2", TorchNames::tensor);
        storage("Double", Dtype.F64);
        storage("Float", Dtype.F32);
        storage("Half", Dtype.F16);
        storage("BFloat16", Dtype.BF16);
        storage("Long", Dtype.I64);
        storage("Int", Dtype.I32);
        storage("Short", Dtype.I16);
        storage("Char", Dtype.I8);
        storage("Byte", Dtype.U8);
        storage("Bool", Dtype.BOOL);
    }

    private void add(String name, Call body) {
        known.put(name, new Named(name, body));
    }

    private void storage(String prefix, Dtype dtype) {
        String name = "torch." + prefix + "Storage";
        known.put(name, new StorageClass(name, dtype));
    }

    @Override
    public PickleClass find(String module, String name) {
        // "a.b" + "c" and "a" + "b.c" are different things in Python; only the first is how these are named.
        return name.indexOf('.') >= 0 ? null : known.get(module + "." + name);
    }

    @Override
    public Object persistent(Object id) {
        if (id instanceof List<?> parts && parts.size() == 5 && "storage".equals(parts.get(0))
                && parts.get(1) instanceof StorageClass type && parts.get(2) instanceof String key
                && key.length() <= MAX_KEY_LENGTH
                && parts.get(3) instanceof String && parts.get(4) instanceof Long elements
                && elements >= 0 && elements <= Long.MAX_VALUE / Double.BYTES) {
            TorchStorage storage = new TorchStorage(key, type.dtype(), elements);
            storages.check(storage);
            return storage;
        }
        throw new PickleException("refers to something outside of it that is not a tensor's storage. It was not saved "
                + "by torch.save");
    }

    private static Object empty(String name, List<Object> arguments, Object made) {
        if (!arguments.isEmpty()) {
            throw unexpected(name, arguments);
        }
        return made;
    }

    private static Object defaultdict(List<Object> arguments) {
        if (arguments.size() > 1) {
            throw unexpected("collections.defaultdict", arguments);
        }
        return new LinkedHashMap<>();
    }

    /// A Python type by name. It occurs only beside the values; here it is its name and can do nothing.
    private static Object loadType(List<Object> arguments) {
        if (arguments.size() == 1 && arguments.getFirst() instanceof String type) {
            return type;
        }
        throw unexpected("dill._dill._load_type", arguments);
    }

    /// How protocol 2 spells bytes: text whose characters are the bytes.
    private Object encode(List<Object> arguments) {
        if (arguments.size() == 2 && arguments.get(0) instanceof String text && "latin1".equals(arguments.get(1))) {
            encoded += text.length();
            if (encoded > MAX_ENCODED) {
                throw new PickleException("holds more than " + MAX_ENCODED + " bytes of byte strings");
            }
            if (text.chars().anyMatch(c -> c > 255)) {
                throw unexpected("_codecs.encode", arguments);
            }
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
        throw unexpected("_codecs.encode", arguments);
    }

    private static Object tensor(List<Object> arguments) {
        if (arguments.size() >= 6 && arguments.size() <= 7 && arguments.get(0) instanceof TorchStorage storage
                && arguments.get(1) instanceof Long offset && arguments.get(2) instanceof List<?> shape
                && arguments.get(3) instanceof List<?> stride) {
            return new TorchTensor(storage, offset, sizes(shape), sizes(stride));
        }
        throw unexpected("torch._utils._rebuild_tensor_v2", arguments);
    }

    private static List<Integer> sizes(List<?> values) {
        List<Integer> sizes = new ArrayList<>();
        for (Object value : values) {
            if (!(value instanceof Long size) || size < 0 || size > Integer.MAX_VALUE || sizes.size() >= 64) {
                throw new PickleException("holds a tensor whose shape or strides are not sizes");
            }
            sizes.add(size.intValue());
        }
        return sizes;
    }

    private static PickleException unexpected(String name, List<Object> arguments) {
        return new PickleException("calls " + name + " with " + arguments.size() + " arguments that it does not take "
                + "in a checkpoint. The file is damaged, or was saved by a version not known here");
    }
}
