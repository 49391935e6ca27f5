package sinew.bench.peers.export;

import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.VisionSpec;

/// LeRobot's DiffusionRgbEncoder on torchvision's ResNet: the last stage's maps, a spatial softmax, a linear layer
/// and ReLU. A BatchNorm is already folded into the convolution before it.
final class ImageEncoder {
    private static final int GROUP_CHANNELS = 16;
    private static final int[] WIDTHS = {64, 128, 256, 512};

    private final Operations ops;
    private final VisionSpec spec;

    private ImageEncoder(Operations ops, VisionSpec spec) {
        this.ops = ops;
        this.spec = spec;
    }

    /// Input `images` [B, 3, H, W]; output `features` [B, 2K].
    ///
    /// @throws IllegalArgumentException when the policy has no camera
    static void write(Operations ops, DiffusionSpec spec, int batch, int height, int width) {
        if (spec.vision() == null) {
            throw new IllegalArgumentException("the policy has no camera, so there is no encoder to compare");
        }
        Value images = ops.input("images", false, batch, 3, height, width);
        String name = spec.vision().separateEncoders() ? "rgb_encoder.0" : "rgb_encoder";
        ops.output("features", new ImageEncoder(ops, spec.vision()).encode(name, images));
    }

    private Value encode(String name, Value images) {
        String backbone = name + ".backbone.";
        Value x = ops.relu(normalised(backbone + "0", backbone + "1", images, 64, 7, 2));
        x = ops.maxPool(x);
        int[] blocks = blocks();
        for (int stage = 0; stage < blocks.length; stage++) {
            for (int block = 0; block < blocks[stage]; block++) {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                x = block(backbone + (4 + stage) + "." + block + ".", x, WIDTHS[stage], stride);
            }
        }
        int keypoints = spec.numKeypoints();
        Value maps = ops.convolve(name + ".pool.nets", x, keypoints, 1, 1);
        Value points = ops.softArgmax(maps, name + ".pool.pos_grid");
        return ops.relu(ops.linear(name + ".out", points, 2 * keypoints));
    }

    private Value block(String name, Value x, int width, int stride) {
        int channels = bottleneck() ? 4 * width : width;
        Value out;
        if (bottleneck()) {
            out = ops.relu(normalised(name + "conv1", name + "bn1", x, width, 1, 1));
            out = ops.relu(normalised(name + "conv2", name + "bn2", out, width, 3, stride));
            out = normalised(name + "conv3", name + "bn3", out, channels, 1, 1);
        } else {
            out = ops.relu(normalised(name + "conv1", name + "bn1", x, width, 3, stride));
            out = normalised(name + "conv2", name + "bn2", out, channels, 3, 1);
        }
        Value shortcut = stride == 1 && x.channels() == channels
                ? x
                : normalised(name + "downsample.0", name + "downsample.1", x, channels, 1, stride);
        return ops.relu(ops.add(out, shortcut));
    }

    private Value normalised(String layer, String norm, Value x, int channels, int taps, int stride) {
        Value out = ops.convolve(layer, x, channels, taps, stride);
        return spec.groupNorm() ? ops.groupNorm(norm, out, channels / GROUP_CHANNELS) : out;
    }

    private boolean bottleneck() {
        return !spec.backbone().equals("resnet18") && !spec.backbone().equals("resnet34");
    }

    private int[] blocks() {
        return switch (spec.backbone()) {
            case "resnet18" -> new int[] {2, 2, 2, 2};
            case "resnet34", "resnet50" -> new int[] {3, 4, 6, 3};
            case "resnet101" -> new int[] {3, 4, 23, 3};
            case "resnet152" -> new int[] {3, 8, 36, 3};
            default -> throw new IllegalArgumentException("unknown vision backbone '" + spec.backbone() + "'");
        };
    }
}
