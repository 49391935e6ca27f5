package sinew.engine.nn;

import java.lang.foreign.MemorySegment;
import sinew.engine.nn.ResNetBackbone.Feature;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Conv2d;
import sinew.kernels.Kernels;
import sinew.kernels.Linear;

/// From pixels to features: a ResNet up to its last stage, then a spatial softmax over keypoint maps, a linear layer
/// and ReLU, or the average over all positions. Sources: LeRobot's DiffusionRgbEncoder, diffusion_policy's
/// MultiImageObsEncoder, both on torchvision's ResNet (version 1.5: bottlenecks stride in their 3x3 convolution).
public final class ResNetEncoder implements ImageEncoder {
    /// Mark of the last stage's output: [B, h * w, C].
    public static final String BACKBONE = "backbone_feature";

    /// Mark of the spatial softmax's output: [B, 1, 2K] as x0 y0 x1 y1 ...
    public static final String KEYPOINTS = "keypoints";

    private final Kernels kernels;
    private final int maxBatch;
    private final Scratch scratch;
    private final Plan.Builder steps = new Plan.Builder();
    private final Size size;
    private final ResNetBackbone backbone;
    private final Activations input;
    private final Activations features;
    private final Plan plan;

    /// @param scope   the encoder's tensors: `backbone.*`, with keypoints `pool.*`, `out.*`; problems are left for its
    ///                requireComplete
    /// @param size    height and width of the images
    /// @param scratch may be shared with other encoders that do not run at the same time
    public ResNetEncoder(
            Kernels kernels, WeightScope scope, VisionSpec spec, Size size, int maxBatch, Scratch scratch) {
        this.kernels = kernels;
        this.maxBatch = maxBatch;
        this.scratch = scratch;
        this.size = size;
        Feature x = new Feature(scratch.take(maxBatch, size.height() * size.width(), 3), size.height(), size.width());
        input = x.values();
        backbone = new ResNetBackbone(kernels, spec.groupNorm(), maxBatch, scratch, steps);
        x = backbone.add(
                scope.in("backbone"), ResNetBackbone.Names.SEQUENTIAL, ResNetGeometry.of(spec.backbone()), x);
        steps.mark(BACKBONE, x.values());
        features = spec.numKeypoints() > 0 ? head(scope, spec.numKeypoints(), x) : average(x);
        plan = steps.build();
        scratch.give(input);
        scratch.give(features);
    }

    @Override
    public Activations input() {
        return input;
    }

    /// What comes out: [B, 1, 2K], or the last stage's channels [B, 1, C]. The next run of a plan that shares the
    /// scratch may overwrite it.
    @Override
    public Activations features() {
        return features;
    }

    @Override
    public Size size() {
        return size;
    }

    /// Size of the last stage's output.
    public Size backboneSize() {
        return ResNetGeometry.outputOf(size);
    }

    @Override
    public Plan plan() {
        return plan;
    }

    private Activations head(WeightScope scope, int keypoints, Feature x) {
        Conv2d nets = new Conv2d(
                x.height(), x.width(), x.channels(), keypoints, 1, 1, 1, 0,
                scope.picturePanels("pool.nets.weight", keypoints, 1, x.channels()),
                scope.vector("pool.nets.bias", keypoints));
        Feature maps = backbone.take(x.height(), x.width(), keypoints);
        backbone.convolve(scope.name("pool.nets"), nets, x.values(), maps.values(), null, Activation.NONE);

        MemorySegment grid = scope.floats("pool.pos_grid", x.height() * x.width(), 2);
        Activations points = scratch.take(maxBatch, 1, 2 * keypoints);
        steps.step(scope.name("pool"), Work.none(Work.Kind.SOFTMAX), (batch, part, parts) ->
                kernels.spatialSoftmax(maps.values().rows(batch), grid, points.rows(batch), batch, part, parts));
        steps.mark(KEYPOINTS, points);

        Linear last = new Linear(
                2 * keypoints,
                2 * keypoints,
                scope.panels("out.weight", 2 * keypoints, 2 * keypoints),
                scope.vector("out.bias", 2 * keypoints));
        Activations out = scratch.take(maxBatch, 1, 2 * keypoints);
        steps.step(scope.name("out"), Work.of(last), (batch, part, parts) ->
                kernels.linear(last, points.rows(batch), out.rows(batch), Activation.RELU, part, parts));
        scratch.give(x.values());
        scratch.give(maps.values());
        scratch.give(points);
        return out;
    }

    private Activations average(Feature x) {
        Activations out = scratch.take(maxBatch, 1, x.channels());
        steps.step("pool", Work.none(Work.Kind.POOL), (batch, part, parts) ->
                kernels.averagePool(x.values().rows(batch), out.rows(batch), batch, part, parts));
        scratch.give(x.values());
        return out;
    }
}
