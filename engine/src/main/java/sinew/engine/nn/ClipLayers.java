package sinew.engine.nn;

import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Rows;

/// The layers of both of CLIP's towers (Radford et al. 2021): norms first, then attention and two linear layers with
/// x * sigmoid(1.702 x) between them, each added to its tokens.
final class ClipLayers {
    static final float EPSILON = 1e-5f;
    private static final int WIDENING = 4;

    private final TokenSteps net;
    private final int heads;
    private final Activations normed; // [B, T, W]
    private final Activations queries; // [B, T, W]
    private final Activations keys; // [B, T, W]
    private final Activations values; // [B, T, W]
    private final Activations added; // [B, T, W]
    private final Activations wide; // [B, T, 4W]

    ClipLayers(TokenSteps net, int heads, int positions, int width) {
        this.net = net;
        this.heads = heads;
        normed = net.take(positions, width);
        queries = net.take(positions, width);
        keys = net.take(positions, width);
        values = net.take(positions, width);
        added = net.take(positions, width);
        wide = net.take(positions, WIDENING * width);
    }

    /// @param mask as attention kernels take it, or null
    void add(WeightScope layer, Activations tokens, Rows mask) {
        WeightScope attention = layer.in("self_attn");
        net.norm(layer, "layer_norm1", EPSILON, tokens, normed);
        net.linear(attention, "q_proj", normed, queries, Activation.NONE);
        net.linear(attention, "k_proj", normed, keys, Activation.NONE);
        net.linear(attention, "v_proj", normed, values, Activation.NONE);
        net.attention(attention.name("attention"), heads, queries, keys, values, mask, normed);
        net.linear(attention, "out_proj", normed, added, Activation.NONE);
        net.add(attention.name("add"), tokens, added, tokens);
        net.norm(layer, "layer_norm2", EPSILON, tokens, normed);
        net.linear(layer, "mlp.fc1", normed, wide, Activation.QUICK_GELU);
        net.linear(layer, "mlp.fc2", wide, added, Activation.NONE);
        net.add(layer.name("mlp.add"), tokens, added, tokens);
    }
}
