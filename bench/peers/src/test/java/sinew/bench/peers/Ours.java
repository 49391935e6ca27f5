package sinew.bench.peers;

import java.io.IOException;
import java.lang.foreign.Arena;
import sinew.engine.nn.Activations;
import sinew.engine.nn.ConditionalUnet1d;
import sinew.engine.nn.ResNetEncoder;
import sinew.engine.nn.Scratch;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.VisionSpec;
import sinew.engine.weights.WeightScope;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Device;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// What our engine computes in a case.
final class Ours {
    private Ours() {}

    static float[] compute(NetworkCase network, NetworkInput input) throws IOException {
        try (WeightsFile file = WeightsFile.open(network.weights());
                Workers workers = Workers.of(2);
                Arena arena = Arena.ofShared()) {
            return network.network() == NetworkCase.Network.ENCODER
                    ? encode(network, input, file.scope(), workers, arena)
                    : denoise(network, input, file.scope(), workers, arena);
        }
    }

    private static float[] encode(
            NetworkCase network, NetworkInput input, WeightScope scope, Workers workers, Arena arena)
            throws IOException {
        VisionSpec vision = network.spec().vision();
        WeightScope own = scope.in(vision.separateEncoders() ? "rgb_encoder.0" : "rgb_encoder");
        ResNetEncoder encoder = new ResNetEncoder(Kernels.best(), own, vision,
                new VisionSpec.Size(network.height(), network.width()), network.batch(), new Scratch(Device.CPU, arena));
        scope.requireComplete();
        write(encoder.input(), input.values(), network.batch());
        encoder.plan().run(workers, network.batch());
        return read(encoder.features(), network.batch());
    }

    private static float[] denoise(
            NetworkCase network, NetworkInput input, WeightScope scope, Workers workers, Arena arena)
            throws IOException {
        DiffusionSpec spec = network.spec();
        ConditionalUnet1d unet = new ConditionalUnet1d(Kernels.best(), scope.in("unet"), spec.unet(), spec.horizon(),
                spec.action().size(), spec.nObsSteps() * spec.condPerStep(), 1, 1, arena);
        scope.requireComplete();
        float[] out = new float[input.values().length];
        int perSample = out.length / network.batch();
        int condDim = input.cond().length / network.batch();
        float[] sample = new float[perSample];
        float[] condition = new float[condDim];
        for (int b = 0; b < network.batch(); b++) {
            System.arraycopy(input.values(), b * perSample, sample, 0, perSample);
            System.arraycopy(input.cond(), b * condDim, condition, 0, condDim);
            write(unet.sample(), sample, 1);
            unet.condition().write(0, condition, 0);
            unet.observe(workers, 1, null);
            unet.keep(0, 0);
            unet.select(0, 0, unet.table(workers, new float[] {input.timesteps()[b]}), 0);
            unet.denoise(workers, 1, null);
            System.arraycopy(read(unet.output(), 1), 0, out, b * perSample, perSample);
        }
        return out;
    }

    private static void write(Activations to, float[] values, int batch) {
        for (int row = 0; row < batch * to.positions(); row++) {
            to.write(row, values, row * to.channels());
        }
    }

    private static float[] read(Activations from, int batch) {
        float[] values = new float[batch * from.positions() * from.channels()];
        for (int row = 0; row < batch * from.positions(); row++) {
            from.read(row, values, row * from.channels());
        }
        return values;
    }
}
