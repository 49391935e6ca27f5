package sinew.engine.nn;

import java.lang.foreign.MemorySegment;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Conv2d;
import sinew.kernels.GroupNorm;
import sinew.kernels.Kernels;
import sinew.kernels.MaxPool2d;
import sinew.kernels.Panels;
import sinew.kernels.Winograd2d;

/// Lays out a ResNet up to its last stage (torchvision's version 1.5: bottlenecks stride in their 3x3 convolution).
final class ResNetBackbone {
    private static final float EPSILON = 1e-5f;
    private static final int GROUP_CHANNELS = 16;

    private final Kernels kernels;
    private final boolean groupNorm;
    private final int maxBatch;
    private final Scratch scratch;
    private final Plan.Builder steps;

    /// What the parts are called in a weights file.
    enum Names {
        /// As in an nn.Sequential of the parts: `0`, `1`, `4.0.conv1`.
        SEQUENTIAL,
        /// torchvision's own: `conv1`, `bn1`, `layer1.0.conv1`.
        TORCHVISION;

        private static final int FIRST_STAGE = 4;

        String stemConvolution() {
            return this == SEQUENTIAL ? "0" : "conv1";
        }

        String stemNorm() {
            return this == SEQUENTIAL ? "1" : "bn1";
        }

        String stage(int index) {
            return this == SEQUENTIAL ? Integer.toString(FIRST_STAGE + index) : "layer" + (index + 1);
        }
    }

    /// An image-shaped result.
    record Feature(Activations values, int height, int width) {
        int channels() {
            return values.channels();
        }
    }

    ResNetBackbone(Kernels kernels, boolean groupNorm, int maxBatch, Scratch scratch, Plan.Builder steps) {
        this.kernels = kernels;
        this.groupNorm = groupNorm;
        this.maxBatch = maxBatch;
        this.scratch = scratch;
        this.steps = steps;
    }

    /// @param image [B, H * W, 3]; overwritten later on
    /// @return the last stage's output
    Feature add(WeightScope scope, Names names, ResNetGeometry geometry, Feature image) {
        return stages(scope, names, geometry, stem(scope, names, image));
    }

    private Feature stem(WeightScope backbone, Names names, Feature image) {
        Feature x = convolution(backbone, names.stemConvolution(), names.stemNorm(), image, 64, 7, 2, null, true);
        MaxPool2d pool = new MaxPool2d(x.height, x.width, 64, 3, 2, 1);
        Feature out = take(pool.heightOut(), pool.widthOut(), 64);
        steps.step("stem.maxpool", Work.none(Work.Kind.POOL), (batch, part, parts) ->
                kernels.maxPool2d(pool, x.values.rows(batch), out.values.rows(batch), batch, part, parts));
        scratch.give(x.values);
        return out;
    }

    private Feature stages(WeightScope backbone, Names names, ResNetGeometry geometry, Feature x) {
        for (int stage = 0; stage < geometry.stages(); stage++) {
            for (int block = 0; block < geometry.blocks()[stage]; block++) {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                x = block(backbone.in(names.stage(stage) + "." + block), geometry, stage, stride, x);
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
        if (kernel == 3 && stride == 1 && kernels.prefersWinograd(x.height, x.width, x.channels(), channels)) {
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

    void convolve(
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

    Feature take(int height, int width, int channels) {
        return new Feature(scratch.take(maxBatch, height * width, channels), height, width);
    }
}
