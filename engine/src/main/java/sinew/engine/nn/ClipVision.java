package sinew.engine.nn;

import java.lang.foreign.Arena;
import sinew.engine.policy.ClipVisionSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Conv2d;
import sinew.kernels.Kernels;
import sinew.kernels.Rows;

/// CLIP's vision tower (Radford et al. 2021) as transformers' CLIPVisionModel: patches, a class token, learned
/// positions, layers. Features are the class token of the last layer, without the norm that CLIP puts after it, as
/// LeRobot takes them.
public final class ClipVision implements ImageEncoder {
    private static final int CHANNELS = 3;

    private final Size size;
    private final Activations input;
    private final Activations features;
    private final Plan plan;

    /// @param scope problems are left for its requireComplete
    /// @param size  of the images
    public ClipVision(Kernels kernels, WeightScope scope, ClipVisionSpec spec, Size size, int maxBatch, Arena arena) {
        this.size = size;
        int width = spec.width();
        TokenSteps net = new TokenSteps(kernels, arena, maxBatch);
        if (size.height() != spec.imageSize() || size.width() != spec.imageSize()) {
            scope.problem("position_embedding", "is for pictures of " + spec.imageSize() + "x" + spec.imageSize()
                    + ", the policy's are " + size.height() + "x" + size.width() + " when they are cropped");
        }
        int grid = spec.imageSize() / spec.patch();
        Conv2d patches = new Conv2d(spec.imageSize(), spec.imageSize(), CHANNELS, width, spec.patch(), spec.patch(),
                spec.patch(), 0,
                scope.picturePanels("patch_embedding.weight", width, spec.patch() * spec.patch(), CHANNELS), null);
        input = net.take(spec.imageSize() * spec.imageSize(), CHANNELS);
        Activations embedded = net.take(grid * grid, width);
        Activations tokens = net.take(1 + grid * grid, width);
        net.steps.step(scope.name("patch_embedding"), Work.of(patches), (batch, part, parts) -> kernels.conv2d(
                patches, input.rows(batch), embedded.rows(batch), null, Activation.NONE, batch, part, parts));
        Rows places = Rows.dense(
                scope.floats("position_embedding", 1 + grid * grid, width), 1 + grid * grid, width);
        Rows first = Rows.dense(scope.vector("class_embedding", width), 1, width);
        Rows[] sampleOf = new Rows[maxBatch];
        for (int b = 0; b < maxBatch; b++) {
            sampleOf[b] = tokens.sample(b).rows(1);
        }
        net.steps.step(scope.name("tokens"), Work.none(Work.Kind.ACTIVATION), (batch, part, parts) -> {
            kernels.copyTokens(embedded.rows(batch), 0, tokens.rows(batch), 1, grid * grid, batch, part, parts);
            for (int b = 0; b < batch; b++) {
                kernels.copyTokens(first, 0, sampleOf[b], 0, 1, 1, part, parts);
            }
        });
        net.steps.step(scope.name("position_embedding"), Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.add(tokens.rows(batch), places, tokens.rows(batch), part, parts));
        net.norm(scope, "pre_layrnorm", ClipLayers.EPSILON, tokens, tokens);
        net.mark("vision_pre_layrnorm", tokens);
        ClipLayers layers = new ClipLayers(net, spec.heads(), 1 + grid * grid, width);
        for (int i = 0; i < spec.layers(); i++) {
            layers.add(scope.in("layers." + i), tokens, null);
            net.mark("vision_layer" + i, tokens);
        }
        features = net.take(1, width);
        net.steps.step(scope.name("class"), Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.copyTokens(tokens.rows(batch), 0, features.rows(batch), 0, 1, batch, part, parts));
        plan = net.steps.build();
    }

    @Override
    public Activations input() {
        return input;
    }

    @Override
    public Activations features() {
        return features;
    }

    @Override
    public Size size() {
        return size;
    }

    @Override
    public Plan plan() {
        return plan;
    }
}
