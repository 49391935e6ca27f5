package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.kernels.WeightType;

/// Reads a converted file with nothing but the rules of docs/weights-format.md: its bytes, no class of Sinew.
class WeightsPageTest {
    private static final int F32 = 0;
    private static final int BF16 = 30;
    private static final int I8 = 24;

    @TempDir
    static Path scratch;

    private record Stored(int type, List<Long> shape, ByteBuffer data) {}

    @ParameterizedTest
    @EnumSource
    void thePageIsEnoughToReadTheFile(WeightType type) throws IOException {
        Path checkpoint = scratch.resolve("checkpoint");
        if (!Files.exists(checkpoint)) {
            Checkpoints.synthetic(checkpoint, SyntheticPreset.DEMO, config -> {});
        }
        Path file = scratch.resolve(type + ".gguf");
        Converter.convert(checkpoint, file, new ConversionOptions(type, false, 0), ProgressListener.SILENT);
        Map<String, Stored> tensors = read(file);
        int large = type == WeightType.INT8 ? I8 : type == WeightType.BF16 ? BF16 : F32;
        int other = type == WeightType.F32 ? F32 : BF16;
        try (SafetensorsFile source = SafetensorsFile.open(checkpoint.resolve("model.safetensors"))) {
            check(tensors, source, "unet.down_modules.1.0.conv1.block.0.weight", large, true, false); // 64 to 128
            check(tensors, source, "unet.up_modules.0.2.weight", large, true, true); // 128 to 128
            check(tensors, source, "unet.down_modules.0.0.conv1.block.0.weight", other, true, false); // 6 to 64
            check(tensors, source, "unet.final_conv.1.weight", other, true, false); // 64 to 6
            check(tensors, source, "unet.mid_modules.0.cond_encoder.1.weight", other, false, false);
            check(tensors, source, "rgb_encoder.backbone.0.weight", other, false, false); // 3 channels, 7x7
            check(tensors, source, "rgb_encoder.pool.nets.weight", other, false, false);
        }
    }

    /// Compares every weight of a layer with the checkpoint's, which are BF16 there, so that only INT8 rounds.
    private static void check(Map<String, Stored> tensors, SafetensorsFile source, String name, int type,
            boolean overTime, boolean transposed) {
        Stored stored = tensors.get(name);
        assertEquals(type, stored.type(), name);
        List<Integer> shape = source.tensor("diffusion." + name).shape();
        float[] weights = source.floats("diffusion." + name);
        int outputs = shape.get(transposed ? 1 : 0);
        int inputs = shape.get(transposed ? 0 : 1);
        int taps = weights.length / outputs / inputs;
        int n = type == I8 ? 4 : type == BF16 ? 2 : 1;
        int channels = overTime ? (inputs + 3) / 4 * 4 : inputs;
        int depth = taps * channels;
        int groups = (depth + n - 1) / n;
        long panels = (outputs + 15) / 16;
        assertEquals(overTime
                ? List.of(panels, (long) taps, (long) channels / n, 16L * n)
                : List.of(panels, (long) groups, 16L * n), stored.shape(), name);
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                for (int tap = 0; tap < taps; tap++) {
                    int d = tap * channels + i;
                    int word = stored.data().getInt(4 * ((o / 16 * groups + d / n) * 16 + o % 16));
                    float want = weights[((transposed ? i * outputs + o : o * inputs + i) * taps) + tap];
                    switch (type) {
                        case F32 -> assertEquals(want, Float.intBitsToFloat(word), name);
                        case BF16 -> assertEquals(want,
                                Float.intBitsToFloat(d % 2 == 0 ? word << 16 : word & 0xffff0000), name);
                        default -> {
                            float scale = tensors.get(name + ".scale").data().getFloat(4 * o);
                            float weight = (word << 24 - 8 * (d % 4)) * scale;
                            assertEquals(want, weight, 0.5001f * (1 << 24) * scale, name + " " + o + " " + d);
                        }
                    }
                }
            }
        }
    }

    private static Map<String, Stored> read(Path path) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals("GGUF", text(in, 4));
        assertEquals(3, in.getInt());
        long tensorCount = in.getLong();
        long entries = in.getLong();
        boolean versioned = false;
        for (int i = 0; i < entries; i++) {
            String key = string(in);
            Object value = value(in, in.getInt());
            versioned |= key.equals("sinew.format.version") && value.equals(2L);
        }
        assertTrue(versioned, "the file says that this page describes it");
        record Listed(String name, int type, List<Long> shape, long offset) {}
        List<Listed> list = new ArrayList<>();
        for (int i = 0; i < tensorCount; i++) {
            String name = string(in);
            List<Long> shape = new ArrayList<>();
            for (int rank = in.getInt(); rank > 0; rank--) {
                shape.addFirst(in.getLong());
            }
            list.add(new Listed(name, in.getInt(), shape, in.getLong()));
        }
        int data = (in.position() + 63) / 64 * 64;
        Map<String, Stored> tensors = new HashMap<>();
        for (Listed t : list) {
            long bytes = t.type() == I8 ? 1 : t.type() == BF16 ? 2 : 4;
            for (long dimension : t.shape()) {
                bytes *= dimension;
            }
            ByteBuffer slice = in.slice(Math.toIntExact(data + t.offset()), Math.toIntExact(bytes));
            tensors.put(t.name(), new Stored(t.type(), t.shape(), slice.order(ByteOrder.LITTLE_ENDIAN)));
        }
        return tensors;
    }

    /// Integers as Long, strings as String; of everything else only the length matters here.
    private static Object value(ByteBuffer in, int type) {
        return switch (type) {
            case 0, 1, 7 -> (long) in.get();
            case 2, 3 -> (long) in.getShort();
            case 4, 5, 6 -> (long) in.getInt();
            case 8 -> string(in);
            case 9 -> {
                int element = in.getInt();
                long count = in.getLong();
                for (long i = 0; i < count; i++) {
                    value(in, element);
                }
                yield count;
            }
            default -> in.getLong();
        };
    }

    private static String string(ByteBuffer in) {
        return text(in, Math.toIntExact(in.getLong()));
    }

    private static String text(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
