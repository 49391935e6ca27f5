package sinew.convert;

import java.util.ArrayList;
import java.util.List;
import sinew.convert.NetworkTensor.Layout;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.DitSpec;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.TransformerSpec;
import sinew.engine.policy.UnetSpec;
import sinew.engine.policy.VisionSpec;

/// Every tensor of a policy, derived from its spec; here those of a diffusion policy.
final class NetworkTensors {
    private static final int STEP_HIDDEN = 4;

    private final DiffusionSpec spec;
    private final List<NetworkTensor> tensors = new ArrayList<>();

    private NetworkTensors(DiffusionSpec spec) {
        this.spec = spec;
    }

    static List<NetworkTensor> of(PolicySpec spec) {
        return switch (spec) {
            case DiffusionSpec diffusion -> of(diffusion);
            case ActSpec act -> ActTensors.of(act);
        };
    }

    private static List<NetworkTensor> of(DiffusionSpec spec) {
        NetworkTensors network = new NetworkTensors(spec);
        if (spec.denoiser() instanceof DitSpec dit) {
            return MultiTaskDitTensors.of(spec, dit);
        }
        network.encoders();
        switch (spec.denoiser()) {
            case UnetSpec _ -> network.unet();
            case TransformerSpec transformer ->
                network.tensors.addAll(TransformerTensors.of(spec, transformer));
            case DitSpec dit -> throw new AssertionError(dit);
        }
        return network.tensors;
    }

    private void encoders() {
        VisionSpec vision = spec.vision();
        if (vision == null) {
            return;
        }
        int encoders = vision.separateEncoders() ? spec.cameras().size() : 1;
        for (int i = 0; i < encoders; i++) {
            encoder(vision.separateEncoders() ? "rgb_encoder." + i : "rgb_encoder", vision);
        }
    }

    private void encoder(String name, VisionSpec vision) {
        tensors.addAll(ResNetTensors.of(name + ".backbone", vision.backbone(), vision.groupNorm()));
        int keypoints = vision.numKeypoints();
        if (keypoints == 0) {
            return;
        }
        tensors.add(new NetworkTensor(name + ".pool.nets.weight", Layout.CONV2D, keypoints,
                ResNetTensors.channels(vision.backbone()), 1, 1));
        plain(name + ".pool.nets.bias", keypoints);
        VisionSpec.Size input = encoderInput(vision);
        int cells = ResNetTensors.extent(input.height()) * ResNetTensors.extent(input.width());
        tensors.add(new NetworkTensor(name + ".pool.pos_grid", Layout.PLAIN, cells, 2));
        linear(name + ".out", 2 * keypoints, 2 * keypoints);
    }

    /// Size of the picture that reaches the backbone.
    private VisionSpec.Size encoderInput(VisionSpec vision) {
        if (vision.crop() != null) {
            return vision.crop();
        }
        if (vision.resize() != null) {
            return vision.resize();
        }
        List<Integer> image = spec.cameras().getFirst().shape();
        return new VisionSpec.Size(image.get(1), image.get(2));
    }

    private void unet() {
        int columns = spec.sampleDim();
        int step = spec.unet().stepEmbedDim();
        int condition = step + spec.conditionDim() * spec.nObsSteps();
        List<Integer> dims = spec.unet().downDims();
        int kernel = spec.unet().kernelSize();
        linear("unet.diffusion_step_encoder.1", STEP_HIDDEN * step, step);
        linear("unet.diffusion_step_encoder.3", step, STEP_HIDDEN * step);
        for (int i = 0; i < dims.size(); i++) {
            String level = "unet.down_modules." + i;
            residual(level + ".0", i == 0 ? columns : dims.get(i - 1), dims.get(i), condition, kernel);
            residual(level + ".1", dims.get(i), dims.get(i), condition, kernel);
            if (i < dims.size() - 1) {
                conv1d(level + ".2", dims.get(i), dims.get(i), 3);
            }
        }
        residual("unet.mid_modules.0", dims.getLast(), dims.getLast(), condition, kernel);
        residual("unet.mid_modules.1", dims.getLast(), dims.getLast(), condition, kernel);
        for (int i = 0; i < dims.size() - 1; i++) {
            String level = "unet.up_modules." + i;
            int wide = dims.get(dims.size() - 1 - i);
            int out = dims.get(dims.size() - 2 - i);
            residual(level + ".0", 2 * wide, out, condition, kernel);
            residual(level + ".1", out, out, condition, kernel);
            tensors.add(new NetworkTensor(level + ".2.weight", Layout.CONV_TRANSPOSE1D, out, out, 4));
            plain(level + ".2.bias", out);
        }
        convBlock("unet.final_conv.0", dims.getFirst(), dims.getFirst(), kernel);
        conv1d("unet.final_conv.1", dims.getFirst(), columns, 1);
    }

    private void residual(String name, int in, int out, int condition, int kernel) {
        convBlock(name + ".conv1", in, out, kernel);
        linear(name + ".cond_encoder.1", spec.unet().filmScale() ? 2 * out : out, condition);
        convBlock(name + ".conv2", out, out, kernel);
        if (in != out) {
            conv1d(name + ".residual_conv", in, out, 1);
        }
    }

    private void convBlock(String name, int in, int out, int kernel) {
        conv1d(name + ".block.0", in, out, kernel);
        plain(name + ".block.1.weight", out);
        plain(name + ".block.1.bias", out);
    }

    private void conv1d(String name, int in, int out, int kernel) {
        tensors.add(new NetworkTensor(name + ".weight", Layout.CONV1D, out, in, kernel));
        plain(name + ".bias", out);
    }

    private void linear(String name, int out, int in) {
        tensors.add(new NetworkTensor(name + ".weight", Layout.LINEAR, out, in));
        plain(name + ".bias", out);
    }

    private void plain(String name, int size) {
        tensors.add(new NetworkTensor(name, Layout.PLAIN, size));
    }
}
