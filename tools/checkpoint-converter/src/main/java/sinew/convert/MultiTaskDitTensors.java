package sinew.convert;

import java.util.ArrayList;
import java.util.List;
import sinew.convert.NetworkTensor.Layout;
import sinew.engine.policy.ClipTextSpec;
import sinew.engine.policy.ClipVisionSpec;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.DitSpec;

/// Every tensor of a multi-task diffusion transformer that inference uses, derived from its spec.
final class MultiTaskDitTensors {
    private static final int MODULATIONS = 6;
    private static final int CLIP_WIDENING = 4;

    private final List<NetworkTensor> tensors = new ArrayList<>();

    private MultiTaskDitTensors() {}

    static List<NetworkTensor> of(DiffusionSpec spec, DitSpec dit) {
        MultiTaskDitTensors network = new MultiTaskDitTensors();
        if (spec.vision() != null) {
            int towers = spec.vision().separateEncoders() ? spec.cameras().size() : 1;
            for (int i = 0; i < towers; i++) {
                String name = spec.vision().separateEncoders() ? "rgb_encoder." + i : "rgb_encoder";
                network.vision(name, spec.vision().clip());
            }
        }
        if (spec.text() != null) {
            network.text(spec.text(), spec.textSize());
        }
        network.denoiser(spec, dit);
        return network.tensors;
    }

    private void vision(String name, ClipVisionSpec clip) {
        int width = clip.width();
        int grid = clip.imageSize() / clip.patch();
        tensors.add(new NetworkTensor(name + ".patch_embedding.weight", Layout.CONV2D, width, 3, clip.patch(),
                clip.patch()));
        plain(name + ".class_embedding", width);
        plain(name + ".position_embedding", 1 + grid * grid, width);
        norm(name + ".pre_layrnorm", width);
        for (int i = 0; i < clip.layers(); i++) {
            clipLayer(name + ".layers." + i, width);
        }
    }

    private void text(ClipTextSpec clip, int outputs) {
        plain("text_encoder.token_embedding", clip.vocabulary(), clip.width());
        plain("text_encoder.position_embedding", clip.context(), clip.width());
        for (int i = 0; i < clip.layers(); i++) {
            clipLayer("text_encoder.layers." + i, clip.width());
        }
        norm("text_encoder.final_layer_norm", clip.width());
        linear("text_encoder.projection", outputs, clip.width());
    }

    private void clipLayer(String name, int width) {
        norm(name + ".layer_norm1", width);
        for (String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
            linear(name + ".self_attn." + projection, width, width);
        }
        norm(name + ".layer_norm2", width);
        linear(name + ".mlp.fc1", CLIP_WIDENING * width, width);
        linear(name + ".mlp.fc2", width, CLIP_WIDENING * width);
    }

    private void denoiser(DiffusionSpec spec, DitSpec dit) {
        int width = dit.width();
        int step = dit.stepEmbedDim();
        int condition = step + spec.nObsSteps() * spec.condPerStep();
        linear("dit.time_mlp.1", 2 * step, step);
        linear("dit.time_mlp.3", step, 2 * step);
        linear("dit.input_proj", width, spec.action().size());
        if (dit.positions()) {
            plain("dit.pos_embedding", 1, spec.horizon(), width);
        }
        for (int i = 0; i < dit.layers(); i++) {
            String block = "dit.transformer_blocks." + i;
            linear(block + ".adaLN_modulation.1", MODULATIONS * width, condition);
            if (dit.ropeBase() != null) {
                linear(block + ".attn.qkv_proj", 3 * width, width);
                linear(block + ".attn.out_proj", width, width);
            } else {
                tensors.add(new NetworkTensor(
                        block + ".multihead_attn.in_proj_weight", Layout.LINEAR, 3 * width, width));
                plain(block + ".multihead_attn.in_proj_bias", 3 * width);
                linear(block + ".multihead_attn.out_proj", width, width);
            }
            linear(block + ".mlp.0", DitSpec.WIDENING * width, width);
            linear(block + ".mlp.2", width, DitSpec.WIDENING * width);
        }
        linear("dit.output_proj", spec.action().size(), width);
    }

    private void linear(String name, int out, int in) {
        tensors.add(new NetworkTensor(name + ".weight", Layout.LINEAR, out, in));
        plain(name + ".bias", out);
    }

    private void norm(String name, int width) {
        plain(name + ".weight", width);
        plain(name + ".bias", width);
    }

    private void plain(String name, Integer... shape) {
        tensors.add(new NetworkTensor(name, Layout.PLAIN, shape));
    }
}
