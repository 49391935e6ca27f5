package sinew.convert;

import java.util.ArrayList;
import java.util.List;
import sinew.convert.NetworkTensor.Layout;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.TransformerSpec;

/// The tensors of diffusion_policy's transformer. The joint projections of attention to the memory are two layers
/// here, for they act on different tokens: `q_proj`, and `kv_proj` for keys and values.
final class TransformerTensors {
    private final DiffusionSpec spec;
    private final TransformerSpec network;
    private final int width;
    private final List<NetworkTensor> tensors = new ArrayList<>();

    private TransformerTensors(DiffusionSpec spec, TransformerSpec network) {
        this.spec = spec;
        this.network = network;
        width = network.width();
    }

    static List<NetworkTensor> of(DiffusionSpec spec, TransformerSpec network) {
        TransformerTensors all = new TransformerTensors(spec, network);
        all.add();
        return all.tensors;
    }

    private void add() {
        int extra = network.timeAsCondition() ? 0 : 1;
        tensors.add(new NetworkTensor("transformer.pos_emb", Layout.PLAIN, spec.horizon() + extra, width));
        linear("transformer.input_emb", width, spec.sampleDim());
        if (network.timeAsCondition()) {
            condition();
        }
        for (int i = 0; i < network.layers(); i++) {
            if (network.timeAsCondition()) {
                decoderLayer("transformer.decoder.layers." + i);
            } else {
                encoderLayer("transformer.encoder.layers." + i);
            }
        }
        norm("transformer.ln_f");
        linear("transformer.head", spec.sampleDim(), width);
    }

    private void condition() {
        int observations = spec.conditionDim() > 0 ? spec.nObsSteps() : 0;
        tensors.add(new NetworkTensor("transformer.cond_pos_emb", Layout.PLAIN, 1 + observations, width));
        if (observations > 0) {
            linear("transformer.cond_obs_emb", width, spec.conditionDim());
        }
        if (network.conditionLayers() == 0) {
            linear("transformer.encoder.0", TransformerSpec.WIDENING * width, width);
            linear("transformer.encoder.2", width, TransformerSpec.WIDENING * width);
        }
        for (int i = 0; i < network.conditionLayers(); i++) {
            encoderLayer("transformer.encoder.layers." + i);
        }
    }

    private void encoderLayer(String name) {
        selfAttention(name);
        norm(name + ".norm2");
        feedForward(name);
    }

    private void decoderLayer(String name) {
        selfAttention(name);
        norm(name + ".norm2");
        linear(name + ".multihead_attn.q_proj", width, width);
        linear(name + ".multihead_attn.kv_proj", 2 * width, width);
        linear(name + ".multihead_attn.out_proj", width, width);
        norm(name + ".norm3");
        feedForward(name);
    }

    private void selfAttention(String name) {
        norm(name + ".norm1");
        linear(name + ".self_attn.in_proj", 3 * width, width);
        linear(name + ".self_attn.out_proj", width, width);
    }

    private void feedForward(String name) {
        linear(name + ".linear1", TransformerSpec.WIDENING * width, width);
        linear(name + ".linear2", width, TransformerSpec.WIDENING * width);
    }

    private void norm(String name) {
        plain(name + ".weight");
        plain(name + ".bias");
    }

    private void plain(String name) {
        tensors.add(new NetworkTensor(name, Layout.PLAIN, width));
    }

    private void linear(String name, int out, int in) {
        tensors.add(new NetworkTensor(name + ".weight", Layout.LINEAR, out, in));
        tensors.add(new NetworkTensor(name + ".bias", Layout.PLAIN, out));
    }
}
