package sinew.engine.nn;

import java.lang.foreign.Arena;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Attention;
import sinew.kernels.Kernels;
import sinew.kernels.LayerNorm;
import sinew.kernels.Linear;
import sinew.kernels.Rows;

/// The parts of PyTorch's transformer layers that normalise first (Xiong et al. 2020): each adds to its tokens what it
/// makes of their normalised form. Their kernel calls go to the end of a plan; the places of intermediates are shared
/// by all layers over the same tokens.
final class TransformerLayers {
    private static final float EPSILON = 1e-5f;

    private final Kernels kernels;
    private final Plan.Builder steps;
    private final int heads;
    private final int width;
    private final Activations normed; // [B, P, E]
    private final Activations projected; // [B, P, 3E] queries, keys, values
    private final Activations mixed; // [B, P, E]
    private final Activations added; // [B, P, E]
    private final Activations wide; // [B, P, F]

    /// @param width       E, channels of a token
    /// @param feedForward F, channels between the two linear layers of a feed-forward part
    /// @param positions   P, tokens of a sample
    TransformerLayers(Kernels kernels, Arena arena, Plan.Builder steps, int heads, int width, int feedForward,
            int maxBatch, int positions) {
        this.kernels = kernels;
        this.steps = steps;
        this.heads = heads;
        this.width = width;
        normed = Activations.allocate(kernels.device(), arena, maxBatch, positions, width);
        projected = Activations.allocate(kernels.device(), arena, maxBatch, positions, 3 * width);
        mixed = Activations.allocate(kernels.device(), arena, maxBatch, positions, width);
        added = Activations.allocate(kernels.device(), arena, maxBatch, positions, width);
        wide = Activations.allocate(kernels.device(), arena, maxBatch, positions, feedForward);
    }

    /// An encoder layer: self-attention and feed-forward.
    ///
    /// @param mask as attention kernels take it
    void encode(WeightScope layer, Activations tokens, Rows mask) {
        selfAttention(layer, tokens, mask);
        feedForward(layer, "norm2", tokens);
    }

    /// A decoder layer: self-attention, attention to a memory, feed-forward.
    ///
    /// @param keys   of the memory: [B, S, E]
    /// @param values of the memory: [B, S, E]
    void decode(WeightScope layer, Activations tokens, Rows mask, Activations keys, Activations values,
            Rows memoryMask) {
        selfAttention(layer, tokens, mask);
        crossAttention(layer, tokens, keys, values, memoryMask);
        feedForward(layer, "norm3", tokens);
    }

    private void selfAttention(WeightScope layer, Activations tokens, Rows mask) {
        WeightScope scope = layer.in("self_attn");
        norm(layer, "norm1", tokens, normed);
        linear(scope, "in_proj", normed, projected, Activation.NONE);
        attend(scope, projected.channels(0, width), projected.channels(width, width),
                projected.channels(2 * width, width), mask);
        linear(scope, "out_proj", mixed, added, Activation.NONE);
        add(scope, tokens);
    }

    private void crossAttention(WeightScope layer, Activations tokens, Activations keys, Activations values,
            Rows mask) {
        WeightScope scope = layer.in("multihead_attn");
        Activations queries = projected.channels(0, width);
        norm(layer, "norm2", tokens, normed);
        linear(scope, "q_proj", normed, queries, Activation.NONE);
        attend(scope, queries, keys, values, mask);
        linear(scope, "out_proj", mixed, added, Activation.NONE);
        add(scope, tokens);
    }

    private void feedForward(WeightScope layer, String norm, Activations tokens) {
        norm(layer, norm, tokens, normed);
        linear(layer, "linear1", normed, wide, Activation.GELU);
        linear(layer, "linear2", wide, added, Activation.NONE);
        add(layer.in("linear2"), tokens);
    }

    private void attend(WeightScope scope, Activations q, Activations k, Activations v, Rows mask) {
        Attention op = new Attention(heads, width / heads, q.positions(), k.positions());
        steps.step(scope.name("attention"), Work.of(op), (batch, part, parts) -> kernels.attention(
                op, q.rows(batch), k.rows(batch), v.rows(batch), mask, mixed.rows(batch), batch, part, parts));
    }

    private void add(WeightScope scope, Activations tokens) {
        steps.step(scope.name("residual"), Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.add(tokens.rows(batch), added.rows(batch), tokens.rows(batch), part, parts));
    }

    /// out = norm(x), with the weights `<name>.weight` and `<name>.bias`.
    void norm(WeightScope scope, String name, Activations x, Activations out) {
        WeightScope own = scope.in(name);
        int channels = x.channels();
        LayerNorm op = new LayerNorm(channels, EPSILON, own.vector("weight", channels), own.vector("bias", channels));
        steps.step(scope.name(name), Work.none(Work.Kind.NORM), (batch, part, parts) ->
                kernels.layerNorm(op, x.rows(batch), out.rows(batch), part, parts));
    }

    /// out = act(W x + b) on each token, with the weights `<name>.weight` and `<name>.bias`.
    void linear(WeightScope scope, String name, Activations x, Activations out, Activation activation) {
        linear(kernels, steps, scope, name, x, out, activation);
    }

    static void linear(Kernels kernels, Plan.Builder steps, WeightScope scope, String name, Activations x,
            Activations out, Activation activation) {
        WeightScope own = scope.in(name);
        Linear op = new Linear(x.channels(), out.channels(),
                own.panels("weight", out.channels(), x.channels()), own.vector("bias", out.channels()));
        steps.step(scope.name(name), Work.of(op, x.positions()), (batch, part, parts) ->
                kernels.linear(op, x.rows(batch), out.rows(batch), activation, part, parts));
    }
}
