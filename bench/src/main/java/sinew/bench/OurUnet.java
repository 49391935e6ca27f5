package sinew.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import sinew.bench.peers.NetworkInput;
import sinew.engine.nn.Activations;
import sinew.engine.nn.ConditionalUnet1d;
import sinew.engine.nn.Plan;
import sinew.engine.nn.StepTable;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightScope;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Device;
import sinew.kernels.Workers;

/// One denoising step of our UNet. What depends on the observation alone is computed by [#set], once per prediction
/// as in a policy.
final class OurUnet implements OurNetwork {
    private final String name;
    private final WeightsFile weights;
    private final Arena arena = Arena.ofShared();
    private final Device device;
    private final Workers workers;
    private final ConditionalUnet1d unet;
    private final int batch;

    /// @param name of the weight type
    OurUnet(String name, Path file, int batch, Workers workers) throws IOException {
        this(name, file, batch, Device.CPU, workers);
    }

    /// @param device where it runs; the caller closes it afterwards
    OurUnet(String name, Path file, int batch, Device device, Workers workers) throws IOException {
        this.name = name;
        this.device = device;
        this.workers = workers;
        this.batch = batch;
        weights = WeightsFile.open(file);
        DiffusionSpec spec = (DiffusionSpec) SpecMetadata.read(weights.metadata());
        WeightScope scope = weights.scope();
        unet = new ConditionalUnet1d(device.kernels(), scope.in("unet"), spec.unet(), spec.horizon(),
                spec.action().size(), spec.nObsSteps() * spec.condPerStep(), batch, batch, arena);
        scope.requireComplete();
    }

    @Override
    public String name() {
        return name;
    }

    /// @param input the same timestep for every sample
    @Override
    public void set(NetworkInput input) {
        StepTable table = unet.table(workers, new float[] {input.timesteps()[0]});
        write(unet.condition(), input.cond());
        write(unet.sample(), input.values());
        unet.observe(device, workers, batch, null);
        for (int row = 0; row < batch; row++) {
            unet.keep(row, row);
            unet.select(row, row, table, 0);
        }
    }

    private static void write(Activations to, float[] values) {
        for (int row = 0; row < values.length / to.channels(); row++) {
            to.write(row, values, row * to.channels());
        }
    }

    /// Floats of the samples and of the conditions that [#set] wants.
    int sampleSize() {
        return batch * unet.sample().positions() * unet.sample().channels();
    }

    int conditionSize() {
        return batch * unet.condition().channels();
    }

    @Override
    public Plan plan() {
        return unet.plan();
    }

    @Override
    public void prepare() {}

    @Override
    public void run() {
        unet.denoise(workers, batch, null);
    }

    @Override
    public float[] output() {
        return Outputs.read(unet.output(), batch);
    }

    @Override
    public void close() {
        arena.close();
        weights.close();
    }
}
