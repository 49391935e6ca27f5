package sinew.engine.nn;

import java.lang.foreign.MemorySegment;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Conv2d;
import sinew.kernels.GroupNorm;
import sinew.kernels.Kernels;
import sinew.kernels.Linear;
import sinew.kernels.MaxPool2d;
import sinew.kernels.Panels;
import sinew.kernels.Winograd2d;

/// From pixels to features: a ResNet up to its last stage, then a spatial softmax over keypoint maps, a linear layer
/// and ReLU, or the average over all positions. Sources: LeRobot's DiffusionRgbEncoder, diffusion_policy's
/// MultiImageObsEncoder, both on torchvision's ResNet (version 1.5: bottlenecks stride in their 3x3 convolution).
public final class ResNetEncoder {
    /// Mark of the last stage's output: [B, h * w, C].
    public static final String BACKBONE = "backbone_feature";

    /// Mark of the spatial softmax's output: [B, 1, 2K] as x0 y0 x1 y1 ...
    public static final String KEYPOINTS = "keypoints";

    private static final float EPSILON = 1e-5f;
    private static final int GROUP_CHANNELS = 16;

    private final Kernels kernels;
    private final boolean groupNorm;
    private final int maxBatch;
    private final Scratch scratch;
    private final Plan.Builder steps = new Plan.Builder();
    private final Size size;
    private final Activations input;
    private final Activations features;
    private final Plan plan;

    /// An image-shaped result.
    private record Feature(Activations values, int height, int width) {
        int channels() {
            return values.channels();
        }
    }

    /// @param scope   the encoder's tensors: `backbone.*`, with keypoints `pool.*`, `out.*`; problems are left for its requireComplete
    /// @param size    height and width of the images
    /// @param scratch may be shared with other encoders that do not run at the same time
    public ResNetEncoder(
            Kernels kernels, WeightScope scope, VisionSpec spec, Size size, int maxBatch, Scratch scratch) {
        this.kernels = kernels;
        this.groupNorm = spec.groupNorm();
        this.maxBatch = maxBatch;
        this.scratch = scratch;
        this.size = size;
        Feature x = new Feature(scratch.take(maxBatch, size.height() * size.width(), 3), size.height(), size.width());
        input = x.values;
        x = stages(scope.in("backbone"), ResNetGeometry.of(spec.backbone()), stem(scope.in("backbone"), x));
        steps.mark(BACKBONE, x.values);
        features = spec.numKeypoints() > 0 ? head(scope, spec.numKeypoints(), x) : average(x);
        plan = steps.build();
        scratch.give(input);
        scratch.give(features);
    }

    /// Where images go: [B, H * W, 3], normalised. A run may overwrite it.
    public Activations input() {
        return input;
    }

    /// What comes out: [B, 1, 2K], or the last stage's channels [B, 1, C]. The next run of a plan that shares the scratch may overwrite it.
    public Activations features() {
        return features;
    }

    /// Size of the images.
    public Size size() {
        return size;
    }

    /// Size of the last stage's output.
    public Size backboneSize() {
        return ResNetGeometry.outputOf(size);
    }

    public Plan plan() {
        return plan;
    }

    private Feature stem(WeightScope backbone, Feature image) {
        Feature x = convolution(backbone, "0", "1", image, 64, 7, 2, null, true);
        MaxPool2d pool = new MaxPool2d(x.height, x.width, 64, 3, 2, 1);
        Feature out = take(pool.heightOut(), pool.widthOut(), 64);
        steps.step("stem.maxpool", Work.none(Work.Kind.POOL), (batch, part, parts) ->
                kernels.maxPool2d(pool, x.values.rows(batch), out.values.rows(batch), batch, part, parts));
        scratch.give(x.values);
        return out;
    }

    private Feature stages(WeightScope backbone, ResNetGeometry geometry, Feature x) {
        for (int stage = 0; stage < geometry.stages(); stage++) {
            for (int block = 0; block < geometry.blocks()[stage]; block++) {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                x = block(backbone.in(4 + stage + "." + block), geometry, stage, stride, x);
            }
        }
        return x;
    }

    private Feature block(WeightScope scope, ResNetGeometry geometry, int stage, int stride, Feature x) {
        int width = geometry.width(stage);
        int channels = geometry.channels(stage);
        Feature shortcut = stride != 1 || x.channels() != channels
                ? convolution(scope, "downsample.0", "downsample.1", x, channels, 1, stride, null, false)
                : x;
        Feature inner;
        Feature out;
        if (geometry.bottleneck()) {
            Feature narrow = convolution(scope, "conv1", "bn1", x, width, 1, 1, null, true);
            inner = convolution(scope, "conv2", "bn2", narrow, width, 3, stride, null, true);
            scratch.give(narrow.values);
            out = convolution(scope, "conv3", "bn3", inner, channels, 1, 1, shortcut, true);
        } else {
            inner = convolution(scope, "conv1", "bn1", x, width, 3, stride, null, true);
            out = convolution(scope, "conv2", "bn2", inner, channels, 3, 1, shortcut, true);
        }
        scratch.give(inner.values);
        scratch.give(x.values);
        if (shortcut != x) {
            scratch.give(shortcut.values);
        }
        return out;
    }

    /// A convolution, its norm, optionally `+ residual`, optionally ReLU. A folded BatchNorm is a bias.
    private Feature convolution(
            WeightScope scope,
            String conv,
            String norm,
            Feature x,
            int channels,
            int kernel,
            int stride,
            Feature residual,
            boolean relu) {
        Activation activation = relu ? Activation.RELU : Activation.NONE;
        Activations added = residual == null ? null : residual.values;
        Activations addedHere = groupNorm ? null : added;
        Activation activationHere = groupNorm ? Activation.NONE : activation;
        MemorySegment bias = groupNorm ? null : scope.vector(conv + ".bias", channels);
        Feature out;
        if (kernel == 3 && stride == 1 && Winograd2d.suits(x.height, x.width, x.channels(), channels)) {
            out = take(x.height, x.width, channels);
            winograd(scope, conv, bias, x, out, addedHere, activationHere);
        } else {
            Conv2d op = new Conv2d(
                    x.height, x.width, x.channels(), channels, kernel, kernel, stride, kernel / 2,
                    scope.picturePanels(conv + ".weight", channels, kernel * kernel, x.channels()), bias);
            out = take(op.heightOut(), op.widthOut(), channels);
            convolve(scope.name(conv), op, x.values, out.values, addedHere, activationHere);
        }
        if (groupNorm) {
            normalise(scope, norm, out.values, added, activation);
        }
        return out;
    }

    private void winograd(
            WeightScope scope, String conv, MemorySegment bias, Feature x, Feature out, Activations residual,
            Activation activation) {
        Panels weights = scope.winogradPanels(conv + ".weight", out.channels(), x.channels());
        Winograd2d op = new Winograd2d(x.height, x.width, x.channels(), out.channels(), weights, bias);
        steps.step(scope.name(conv), Work.of(op), (batch, part, parts) -> kernels.winograd2d(
                op,
                x.values.rows(batch),
                out.values.rows(batch),
                residual == null ? null : residual.rows(batch),
                activation,
                batch,
                part,
                parts));
    }

    private void convolve(
            String name, Conv2d op, Activations x, Activations out, Activations residual, Activation activation) {
        steps.step(name, Work.of(op), (batch, part, parts) -> kernels.conv2d(
                op,
                x.rows(batch),
                out.rows(batch),
                residual == null ? null : residual.rows(batch),
                activation,
                batch,
                part,
                parts));
    }

    private void normalise(WeightScope scope, String norm, Activations x, Activations residual, Activation activation) {
        int channels = x.channels();
        GroupNorm op = new GroupNorm(
                channels / GROUP_CHANNELS,
                channels,
                EPSILON,
                scope.vector(norm + ".weight", channels),
                scope.vector(norm + ".bias", channels));
        steps.step(scope.name(norm), Work.none(Work.Kind.NORM), (batch, part, parts) -> kernels.groupNormAdd(
                op,
                x.rows(batch),
                x.rows(batch),
                residual == null ? null : residual.rows(batch),
                activation,
                batch,
                part,
                parts));
    }

    private Activations head(WeightScope scope, int keypoints, Feature x) {
        Conv2d nets = new Conv2d(
                x.height, x.width, x.channels(), keypoints, 1, 1, 1, 0,
                scope.picturePanels("pool.nets.weight", keypoints, 1, x.channels()),
                scope.vector("pool.nets.bias", keypoints));
        Feature maps = take(x.height, x.width, keypoints);
        convolve(scope.name("pool.nets"), nets, x.values, maps.values, null, Activation.NONE);

        MemorySegment grid = scope.floats("pool.pos_grid", x.height * x.width, 2);
        Activations points = scratch.take(maxBatch, 1, 2 * keypoints);
        steps.step(scope.name("pool"), Work.none(Work.Kind.SOFTMAX), (batch, part, parts) ->
                kernels.spatialSoftmax(maps.values.rows(batch), grid, points.rows(batch), batch, part, parts));
        steps.mark(KEYPOINTS, points);

        Linear last = new Linear(
                2 * keypoints,
                2 * keypoints,
                scope.panels("out.weight", 2 * keypoints, 2 * keypoints),
                scope.vector("out.bias", 2 * keypoints));
        Activations out = scratch.take(maxBatch, 1, 2 * keypoints);
        steps.step(scope.name("out"), Work.of(last), (batch, part, parts) ->
                kernels.linear(last, points.rows(batch), out.rows(batch), Activation.RELU, part, parts));
        scratch.give(x.values);
        scratch.give(maps.values);
        scratch.give(points);
        return out;
    }

    private Activations average(Feature x) {
        Activations out = scratch.take(maxBatch, 1, x.channels());
        steps.step("pool", Work.none(Work.Kind.POOL), (batch, part, parts) ->
                kernels.averagePool(x.values.rows(batch), out.rows(batch), batch, part, parts));
        scratch.give(x.values);
        return out;
    }

    private Feature take(int height, int width, int channels) {
        return new Feature(scratch.take(maxBatch, height * width, channels), height, width);
    }
}
