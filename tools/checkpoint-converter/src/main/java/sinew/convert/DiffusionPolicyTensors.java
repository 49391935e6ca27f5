package sinew.convert;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sinew.convert.diffusionpolicy.DiffusionPolicyCheckpoint;
import sinew.engine.policy.DiffusionSpec;

/// Where diffusion_policy keeps what the weights file calls by LeRobot's names, or by names of its own.
final class DiffusionPolicyTensors {
    private static final Pattern RESAMPLING = Pattern.compile("((?:down|up)_modules\\.\\d+\\.2)\\.(weight|bias)");
    private static final Pattern ENCODER = Pattern.compile("rgb_encoder\\.(?:(\\d+)\\.)?backbone\\.(.*)");
    private static final Pattern STAGE = Pattern.compile("([4-7])\\.(.*)");
    private static final Pattern PROJECTION = Pattern.compile("(.*)\\.(in|q|kv)_proj\\.(weight|bias)");

    /// A tensor of the checkpoint, and where in it the values of a network tensor begin.
    ///
    /// @param rows  of its first dimension, or of its second where the first is 1; 0 where it has the network tensor's
    ///              shape
    record Source(String name, int firstRow, int rows) {
        Source(String name) {
            this(name, 0, 0);
        }
    }

    private DiffusionPolicyTensors() {}

    static Source of(DiffusionSpec spec, NetworkTensor tensor) {
        String name = tensor.name();
        if (name.startsWith("unet.")) {
            return new Source("model." + unet(name.substring("unet.".length())));
        }
        if (name.startsWith("transformer.")) {
            return transformer("model." + name.substring("transformer.".length()), tensor);
        }
        Matcher encoder = ENCODER.matcher(name);
        if (encoder.matches()) {
            int number = encoder.group(1) == null ? 0 : Integer.parseInt(encoder.group(1));
            return new Source("obs_encoder.key_model_map." + DiffusionPolicyCheckpoint.encoderKey(spec, number) + "."
                    + resNet(encoder.group(2)));
        }
        throw new IllegalArgumentException(name);
    }

    private static String unet(String name) {
        Matcher resampling = RESAMPLING.matcher(name);
        if (resampling.matches()) {
            return resampling.group(1) + ".conv." + resampling.group(2);
        }
        return name.replace(".conv1.block.", ".blocks.0.block.").replace(".conv2.block.", ".blocks.1.block.");
    }

    private static String resNet(String name) {
        Matcher stage = STAGE.matcher(name);
        if (stage.matches()) {
            return "layer" + (Integer.parseInt(stage.group(1)) - 3) + "." + stage.group(2);
        }
        return name.startsWith("0.") ? "conv1" + name.substring(1) : "bn1" + name.substring(1);
    }

    private static Source transformer(String name, NetworkTensor tensor) {
        Matcher projection = PROJECTION.matcher(name);
        if (projection.matches()) {
            String joint = projection.group(1) + ".in_proj_" + projection.group(3);
            int rows = tensor.shape().getFirst();
            return switch (projection.group(2)) {
                case "q" -> new Source(joint, 0, 3 * rows);
                case "kv" -> new Source(joint, rows / 2, rows / 2 * 3);
                default -> new Source(joint);
            };
        }
        return name.endsWith("pos_emb") ? new Source(name, 0, tensor.shape().getFirst()) : new Source(name);
    }

    /// The shape that a tensor of the checkpoint should have. A table of places may be longer.
    static List<Integer> shape(Source source, NetworkTensor tensor) {
        if (source.rows() == 0) {
            return tensor.shape();
        }
        if (source.name().endsWith("pos_emb")) {
            return List.of(1, source.rows(), tensor.shape().get(1));
        }
        return tensor.shape().size() == 1 ? List.of(source.rows()) : List.of(source.rows(), tensor.shape().get(1));
    }

    /// Whether a tensor that no layer uses is to be expected.
    static boolean isIgnored(String name) {
        return name.endsWith("_dummy_variable") || name.startsWith("mask_generator.")
                || name.startsWith("normalizer.") || name.equals("model.mask") || name.equals("model.memory_mask")
                || name.endsWith(".num_batches_tracked");
    }
}
