package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import sinew.engine.policy.ActTransformerSpec;
import sinew.engine.policy.ActTransformerSpec.FeedForwardActivation;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Kernels;

/// ACT's transformer (Zhao et al. 2023, after DETR, Carion et al. 2020), as LeRobot's ACT: an encoder over the tokens
/// of the latent, the state, the environment's state and every camera's pixels, and a decoder that starts from zeros
/// and answers with a chunk of actions. Of the variational part inference needs nothing but the latent's mean, 0, whose
/// projection is its bias.
///
/// Position embeddings enter queries and keys of every layer, never the values.
public final class ActTransformer {
    private static final float EPSILON = 1e-5f;

    private final ActTransformerSpec spec;
    private final TokenSteps net;
    private final Activation activation;
    private final int width;
    private final List<Activations> vectors = new ArrayList<>(); // [1, 1, n]
    private final List<Activations> cameras = new ArrayList<>(); // [1, h * w, C]
    private final List<Activations> cameraPositions = new ArrayList<>(); // [1, h * w, D]
    private final Activations tokens; // [1, S, D]
    private final Activations encoderPositions; // [1, S, D]
    private final Activations output; // [1, chunk, A]
    private final Plan plan;

    // Shared by the layers of one stack.
    private Activations positioned;
    private Activations attended;
    private Activations projected;
    private Activations hidden;

    /// @param scope      the policy's tensors; problems are left for its requireComplete
    /// @param stateSize  0 for none
    /// @param envSize    0 for none
    /// @param maps       height and width of each camera's feature map, in config order
    /// @param mapDepth   channels of those
    /// @param chunk      rows of the answer
    /// @param actionSize values of a row
    public ActTransformer(
            Kernels kernels, WeightScope scope, ActTransformerSpec spec, int stateSize, int envSize, List<Size> maps,
            int mapDepth, int chunk, int actionSize, Arena arena) {
        this.spec = spec;
        width = spec.width();
        activation = spec.activation() == FeedForwardActivation.GELU ? Activation.GELU : Activation.RELU;
        net = new TokenSteps(kernels, arena, 1);
        int single = 1 + (stateSize > 0 ? 1 : 0) + (envSize > 0 ? 1 : 0);
        int count = single + maps.stream().mapToInt(m -> m.height() * m.width()).sum();
        tokens = net.take(count, width);
        encoderPositions = net.take(count, width);
        copy(scope.vector("encoder_latent_input_proj.bias", width), 1, tokens, 0);
        copy(scope.floats("encoder_1d_feature_pos_embed.weight", single, width), single, encoderPositions, 0);
        int next = vector(scope, "encoder_robot_state_input_proj", stateSize, 1);
        next = vector(scope, "encoder_env_state_input_proj", envSize, next);
        for (Size map : maps) {
            next = camera(scope, map, mapDepth, next);
        }
        net.mark("encoder_in_tokens", tokens);
        Activations memory = encoder(scope.in("encoder"), count);
        Activations decoded = decoder(scope, memory, chunk);
        output = net.take(chunk, actionSize);
        net.linear(scope, "action_head", decoded, output, Activation.NONE);
        plan = net.steps.build();
    }

    /// Where the state goes, then the environment's: [1, 1, n] each, those that there are, normalised.
    public List<Activations> vectors() {
        return vectors;
    }

    /// Where the cameras' feature maps go: [1, h * w, C] each.
    public List<Activations> cameras() {
        return cameras;
    }

    /// The sine embeddings of each camera's pixels: [1, h * w, D].
    public List<Activations> cameraPositions() {
        return cameraPositions;
    }

    /// Position embeddings of the encoder's tokens: [1, S, D].
    public Activations encoderPositions() {
        return encoderPositions;
    }

    /// The chunk, normalised: [1, chunk, A].
    public Activations output() {
        return output;
    }

    public Plan plan() {
        return plan;
    }

    private int vector(WeightScope scope, String name, int size, int token) {
        if (size == 0) {
            return token;
        }
        Activations in = net.take(1, size);
        vectors.add(in);
        net.linear(scope, name, in, tokens.positions(token, 1), Activation.NONE);
        return token + 1;
    }

    private int camera(WeightScope scope, Size map, int depth, int token) {
        int pixels = map.height() * map.width();
        Activations in = net.take(pixels, depth);
        Activations out = tokens.positions(token, pixels);
        net.linear(scope, "encoder_img_feat_input_proj", in, out, Activation.NONE);
        net.mark("img_proj.cam" + cameras.size(), out);
        Activations positions = encoderPositions.positions(token, pixels);
        waves(map, positions);
        cameras.add(in);
        cameraPositions.add(positions);
        return token + pixels;
    }

    /// Sines and cosines of the place in the picture: the row in the first half of the channels, the column in the
    /// second. Places run from 1/n to 1 of a whole turn.
    private void waves(Size map, Activations out) {
        int half = width / 2;
        float[] row = new float[width];
        for (int y = 0; y < map.height(); y++) {
            for (int x = 0; x < map.width(); x++) {
                for (int c = 0; c < half; c++) {
                    row[c] = wave(y, map.height(), c, half);
                    row[half + c] = wave(x, map.width(), c, half);
                }
                out.write(y * map.width() + x, row, 0);
            }
        }
    }

    private static float wave(int place, int places, int channel, int channels) {
        double turn = 2 * Math.PI * (place + 1) / (places + 1e-6);
        double angle = turn / Math.pow(10_000, 2.0 * (channel / 2) / channels);
        return (float) (channel % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
    }

    private void copy(MemorySegment rows, int count, Activations out, int position) {
        if (rows.scope().isAlive()) {
            out.write(position, count, rows.toArray(ValueLayout.JAVA_FLOAT), 0);
        }
    }

    private void takeLayerPlaces(int positions) {
        positioned = net.take(positions, width);
        attended = net.take(positions, width);
        projected = net.take(positions, width);
        hidden = net.take(positions, spec.feedForward());
    }

    private Activations encoder(WeightScope scope, int count) {
        takeLayerPlaces(count);
        Activations queriesAndKeys = net.take(count, 2 * width);
        Activations values = net.take(count, width);
        Activations y = net.take(count, width);
        Activations x = tokens;
        for (int i = 0; i < spec.encoderLayers(); i++) {
            WeightScope layer = scope.in("layers." + i);
            selfAttention(layer, x, y, encoderPositions, queriesAndKeys, values, "norm1");
            feedForward(layer, y, "norm2");
            net.mark("encoder_layer" + i, y);
            x = y;
        }
        if (spec.preNorm()) {
            net.norm(scope, "norm", EPSILON, y, y);
        }
        net.mark("encoder_out", y);
        return y;
    }

    /// y = x + attention, with the norm before or after.
    private void selfAttention(
            WeightScope layer, Activations x, Activations y, Activations positions, Activations queriesAndKeys,
            Activations values, String norm) {
        PackedAttention attention = new PackedAttention(layer.in("self_attn"), width, net.arena());
        Activations source = x;
        if (spec.preNorm()) {
            net.norm(layer, norm, EPSILON, x, projected);
            source = projected;
        }
        net.add(layer.name("self_attn.pos"), source, positions, positioned);
        net.linear(attention.name() + "_qk", attention.weights(0, 2), attention.bias(0, 2), positioned, queriesAndKeys,
                Activation.NONE);
        net.linear(attention.name() + "_v", attention.weights(2, 1), attention.bias(2, 1), source, values,
                Activation.NONE);
        net.attention(layer.name("self_attn"), spec.heads(), queriesAndKeys.channels(0, width),
                queriesAndKeys.channels(width, width), values, null, attended);
        finish(layer, attention, x, y, norm);
    }

    /// y = x + what was attended to.
    private void finish(WeightScope layer, PackedAttention attention, Activations x, Activations y, String norm) {
        net.linear(attention.scope(), "out_proj", attended, projected, Activation.NONE);
        net.add(attention.scope().name("add"), x, projected, y);
        if (!spec.preNorm()) {
            net.norm(layer, norm, EPSILON, y, y);
        }
    }

    /// y += two linear layers, with the norm before or after.
    private void feedForward(WeightScope layer, Activations y, String norm) {
        Activations source = y;
        if (spec.preNorm()) {
            net.norm(layer, norm, EPSILON, y, projected);
            source = projected;
        }
        net.linear(layer, "linear1", source, hidden, activation);
        net.linear(layer, "linear2", hidden, attended, Activation.NONE);
        net.add(layer.name("add"), y, attended, y);
        if (!spec.preNorm()) {
            net.norm(layer, norm, EPSILON, y, y);
        }
    }

    private Activations decoder(WeightScope scope, Activations memory, int chunk) {
        Activations memoryKeys = net.take(memory.positions(), width);
        Activations keys = net.take(memory.positions(), width);
        Activations values = net.take(memory.positions(), width);
        Activations positions = net.take(chunk, width);
        copy(scope.floats("decoder_pos_embed.weight", chunk, width), chunk, positions, 0);
        takeLayerPlaces(chunk);
        Activations queriesAndKeys = net.take(chunk, 2 * width);
        Activations ownValues = net.take(chunk, width);
        Activations x = net.take(chunk, width); // zeros, never written
        Activations y = net.take(chunk, width);
        net.add(scope.name("decoder.memory_pos"), memory, encoderPositions, memoryKeys);
        for (int i = 0; i < spec.decoderLayers(); i++) {
            WeightScope layer = scope.in("decoder.layers." + i);
            selfAttention(layer, x, y, positions, queriesAndKeys, ownValues, "norm1");
            crossAttention(layer, y, positions, memory, memoryKeys, keys, values, queriesAndKeys.channels(0, width));
            feedForward(layer, y, "norm3");
            net.mark("decoder_layer" + i, y);
            x = y;
        }
        net.norm(scope.in("decoder"), "norm", EPSILON, y, y);
        net.mark("decoder_out", y);
        return y;
    }

    private void crossAttention(
            WeightScope layer, Activations y, Activations positions, Activations memory, Activations memoryKeys,
            Activations keys, Activations values, Activations queries) {
        PackedAttention attention = new PackedAttention(layer.in("multihead_attn"), width, net.arena());
        Activations source = y;
        if (spec.preNorm()) {
            net.norm(layer, "norm2", EPSILON, y, projected);
            source = projected;
        }
        net.add(layer.name("multihead_attn.pos"), source, positions, positioned);
        net.linear(attention.name() + "_q", attention.weights(0, 1), attention.bias(0, 1), positioned, queries,
                Activation.NONE);
        net.linear(attention.name() + "_k", attention.weights(1, 1), attention.bias(1, 1), memoryKeys, keys,
                Activation.NONE);
        net.linear(attention.name() + "_v", attention.weights(2, 1), attention.bias(2, 1), memory, values,
                Activation.NONE);
        net.attention(layer.name("multihead_attn"), spec.heads(), queries, keys, values, null, attended);
        finish(layer, attention, y, y, "norm2");
    }
}
