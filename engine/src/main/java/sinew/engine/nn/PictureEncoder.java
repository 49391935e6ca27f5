package sinew.engine.nn;

import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Kernels;

/// From pixels to the feature map of a ResNet's last stage, for pictures of one size: ACT's eye.
public final class PictureEncoder {
    private final Activations input;
    private final Activations output;
    private final Size size;
    private final Plan plan;

    /// @param scope of torchvision's names, BatchNorms folded; problems are left for its requireComplete
    public PictureEncoder(
            Kernels kernels, WeightScope scope, String backbone, Size size, int maxBatch, Scratch scratch) {
        this.size = size;
        Plan.Builder steps = new Plan.Builder();
        input = scratch.take(maxBatch, size.height() * size.width(), 3);
        ResNetBackbone.Feature image = new ResNetBackbone.Feature(input, size.height(), size.width());
        output = new ResNetBackbone(kernels, false, maxBatch, scratch, steps)
                .add(scope, ResNetBackbone.Names.TORCHVISION, ResNetGeometry.of(backbone), image)
                .values();
        plan = steps.build();
    }

    /// Where images go: [B, H * W, 3], normalised. A run may overwrite it.
    public Activations input() {
        return input;
    }

    /// What comes out: [B, h * w, C].
    public Activations output() {
        return output;
    }

    /// Size of the images.
    public Size size() {
        return size;
    }

    /// Height and width of what comes out for images of `size`.
    public static Size outputOf(Size size) {
        return ResNetGeometry.outputOf(size);
    }

    /// Channels of what comes out.
    public static int channels(String backbone) {
        ResNetGeometry geometry = ResNetGeometry.of(backbone);
        return geometry.channels(geometry.stages() - 1);
    }

    public Plan plan() {
        return plan;
    }
}
