package sinew.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import sinew.bench.peers.NetworkInput;
import sinew.engine.features.ImagePreprocessor;
import sinew.engine.nn.Activations;
import sinew.engine.nn.Plan;
import sinew.engine.nn.ResNetEncoder;
import sinew.engine.nn.Scratch;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightScope;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Device;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// Our image encoder on a number of images at once.
final class OurEncoder implements OurNetwork {
    private final String name;
    private final WeightsFile weights;
    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final ResNetEncoder encoder;
    private final int batch;
    private float[] images;

    /// @param name of the weight type
    OurEncoder(String name, Path file, int batch, Workers workers) throws IOException {
        this.name = name;
        this.workers = workers;
        this.batch = batch;
        weights = WeightsFile.open(file);
        DiffusionSpec spec = (DiffusionSpec) SpecMetadata.read(weights.metadata());
        VisionSpec vision = spec.vision();
        Feature camera = spec.cameras().getFirst();
        Size frame = new Size(camera.shape().get(1), camera.shape().get(2));
        WeightScope scope = weights.scope();
        WeightScope own = scope.in(vision.separateEncoders() ? "rgb_encoder.0" : "rgb_encoder");
        encoder = new ResNetEncoder(Kernels.best(), own, vision, ImagePreprocessor.outputSize(frame, vision), batch,
                new Scratch(Device.CPU, arena));
        scope.requireComplete();
    }

    @Override
    public String name() {
        return name;
    }

    Size size() {
        return encoder.size();
    }

    @Override
    public void set(NetworkInput input) {
        images = input.values();
    }

    @Override
    public Plan plan() {
        return encoder.plan();
    }

    /// A run overwrites its input.
    @Override
    public void prepare() {
        Activations input = encoder.input();
        for (int row = 0; row < images.length / input.channels(); row++) {
            input.write(row, images, row * input.channels());
        }
    }

    @Override
    public void run() {
        encoder.plan().run(workers, batch);
    }

    @Override
    public float[] output() {
        return Outputs.read(encoder.features(), batch);
    }

    @Override
    public void close() {
        arena.close();
        weights.close();
    }
}
