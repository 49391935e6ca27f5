package sinew.convert;

import java.util.ArrayList;
import java.util.List;
import sinew.convert.NetworkTensor.Layout;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;

/// Every tensor of an ACT policy that inference uses, derived from its spec.
final class ActTensors {
    private final ActSpec spec;
    private final int width;
    private final List<NetworkTensor> tensors = new ArrayList<>();

    private ActTensors(ActSpec spec) {
        this.spec = spec;
        width = spec.transformer().width();
    }

    static List<NetworkTensor> of(ActSpec spec) {
        ActTensors network = new ActTensors(spec);
        network.tokens();
        for (int i = 0; i < spec.transformer().encoderLayers(); i++) {
            network.layer("encoder.layers." + i, false);
        }
        if (spec.transformer().preNorm()) {
            network.norm("encoder.norm");
        }
        network.plain("decoder_pos_embed.weight", spec.chunkSize(), network.width);
        for (int i = 0; i < spec.transformer().decoderLayers(); i++) {
            network.layer("decoder.layers." + i, true);
        }
        network.norm("decoder.norm");
        network.linear("action_head", spec.action().size(), network.width);
        return network.tensors;
    }

    private void tokens() {
        if (spec.backbone() != null) {
            tensors.addAll(ResNetTensors.ofTorchvision("backbone", spec.backbone()));
            tensors.add(new NetworkTensor("encoder_img_feat_input_proj.weight", Layout.CONV2D, width,
                    ResNetTensors.channels(spec.backbone()), 1, 1));
            plain("encoder_img_feat_input_proj.bias", width);
        }
        plain("encoder_latent_input_proj.bias", width);
        int single = 1;
        for (Feature vector : spec.vectors()) {
            String name = vector.type() == FeatureType.STATE ? "robot_state" : "env_state";
            linear("encoder_" + name + "_input_proj", width, vector.size());
            single++;
        }
        plain("encoder_1d_feature_pos_embed.weight", single, width);
    }

    private void layer(String name, boolean decoder) {
        attention(name + ".self_attn");
        norm(name + ".norm1");
        norm(name + ".norm2");
        if (decoder) {
            attention(name + ".multihead_attn");
            norm(name + ".norm3");
        }
        linear(name + ".linear1", spec.transformer().feedForward(), width);
        linear(name + ".linear2", width, spec.transformer().feedForward());
    }

    private void attention(String name) {
        tensors.add(new NetworkTensor(name + ".in_proj_weight", Layout.LINEAR, 3 * width, width));
        plain(name + ".in_proj_bias", 3 * width);
        linear(name + ".out_proj", width, width);
    }

    private void linear(String name, int out, int in) {
        tensors.add(new NetworkTensor(name + ".weight", Layout.LINEAR, out, in));
        plain(name + ".bias", out);
    }

    private void norm(String name) {
        plain(name + ".weight", width);
        plain(name + ".bias", width);
    }

    private void plain(String name, Integer... shape) {
        tensors.add(new NetworkTensor(name, Layout.PLAIN, shape));
    }
}
