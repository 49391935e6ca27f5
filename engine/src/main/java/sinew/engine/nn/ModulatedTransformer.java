package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import sinew.engine.policy.DitSpec;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Kernels;
import sinew.kernels.LayerNorm;
import sinew.kernels.NativeMemory;
import sinew.kernels.Rotary;
import sinew.kernels.Rows;
import sinew.kernels.Workers;

/// The denoiser of rows as tokens whose norms are modulated: LeRobot's multi-task diffusion transformer (adaLN, Peebles
/// and Xie 2023). The modulation of all blocks is a sum of what the step and what the observation say, see
/// [FilmConditioning].
public final class ModulatedTransformer implements Denoiser {
    private static final float EPSILON = 1e-6f;
    /// Shift, scale and gate of the attention, then of the linear layers.
    private static final int MODULATIONS = 6;
    private static final int STEP_WIDENING = 2;

    private final Kernels kernels;
    private final Arena arena;
    private final DitSpec spec;
    private final int width;
    private final WeightScope scope;
    private final FilmConditioning film;
    private final Activations sample;
    private final Activations output;
    private final TokenSteps net;
    private final Plan plan;

    // Shared by the blocks.
    private final Activations normed; // [B, T, E]
    private final Activations projected; // [B, T, 3E]
    private final Activations mixed; // [B, T, E]
    private final Activations added; // [B, T, E]
    private final Activations wide; // [B, T, 4E]

    /// @param scope     the network's tensors; problems are left for its requireComplete
    /// @param horizon   T
    /// @param sampleDim C, columns of a sample
    /// @param condDim   length of what is observed
    /// @param maxBatch  most rows of a denoising step
    /// @param slots     number of conditions that can be kept between steps
    public ModulatedTransformer(
            Kernels kernels, WeightScope scope, DitSpec spec, int horizon, int sampleDim, int condDim, int maxBatch,
            int slots, Arena arena) {
        this.kernels = kernels;
        this.arena = arena;
        this.spec = spec;
        this.scope = scope;
        width = spec.width();
        film = new FilmConditioning(kernels, arena, Activation.SILU, spec.stepEmbedDim(), condDim);
        FilmConditioning.Block[] modulations = new FilmConditioning.Block[spec.layers()];
        for (int i = 0; i < modulations.length; i++) {
            modulations[i] = film.add(
                    scope.in("transformer_blocks." + i), "adaLN_modulation.1", MODULATIONS * width);
        }
        film.layOut(maxBatch, slots);
        net = new TokenSteps(kernels, arena, maxBatch);
        sample = net.take(horizon, sampleDim);
        output = net.take(horizon, sampleDim);
        normed = net.take(horizon, width);
        projected = net.take(horizon, 3 * width);
        mixed = net.take(horizon, width);
        added = net.take(horizon, width);
        wide = net.take(horizon, DitSpec.WIDENING * width);
        Activations tokens = net.take(horizon, width);
        net.steps.step("film", Work.none(Work.Kind.FILM), film::combine);
        net.linear(scope, "input_proj", sample, tokens, Activation.NONE);
        net.mark("input_proj", tokens);
        if (spec.positions()) {
            Rows places = Rows.dense(scope.floats("pos_embedding", 1, horizon, width), horizon, width);
            net.steps.step("pos_embedding", Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                    kernels.add(tokens.rows(batch), places, tokens.rows(batch), part, parts));
        }
        Rotary rotary = spec.ropeBase() == null ? null : rotary(horizon);
        for (int i = 0; i < modulations.length; i++) {
            Activations modulation = modulations[i].view();
            net.mark("block" + i + ".adaLN", modulation);
            block(scope.in("transformer_blocks." + i), "block" + i, tokens, modulation, rotary);
        }
        net.linear(scope, "output_proj", tokens, output, Activation.NONE);
        plan = net.steps.build();
    }

    private void block(
            WeightScope block, String mark, Activations tokens, Activations modulation, Rotary rotary) {
        normAndModulate(block.name("norm1"), tokens, modulation, 0);
        WeightScope attention = block.in(rotary == null ? "multihead_attn" : "attn");
        if (rotary == null) {
            PackedAttention packed = new PackedAttention(attention, width, arena);
            net.linear(packed.name(), packed.weights(0, 3), packed.bias(0, 3), normed, projected, Activation.NONE);
        } else {
            net.linear(attention, "qkv_proj", normed, projected, Activation.NONE);
            rotate(attention.name("rope_q"), rotary, projected.channels(0, width));
            rotate(attention.name("rope_k"), rotary, projected.channels(width, width));
        }
        net.attention(attention.name("attention"), spec.heads(), projected.channels(0, width),
                projected.channels(width, width), projected.channels(2 * width, width), null, mixed);
        net.linear(attention, "out_proj", mixed, added, Activation.NONE);
        net.mark(mark + ".attn", added);
        addGated(attention.name("gate"), tokens, modulation, 2);
        normAndModulate(block.name("norm2"), tokens, modulation, 3);
        net.linear(block, "mlp.0", normed, wide, Activation.GELU_TANH);
        net.linear(block, "mlp.2", wide, added, Activation.NONE);
        addGated(block.name("mlp.gate"), tokens, modulation, 5);
        net.mark(mark, tokens);
    }

    /// normed = norm(tokens) * (1 + scale) + shift, where shift is the modulation's part `first` and scale the next.
    private void normAndModulate(String name, Activations tokens, Activations modulation, int first) {
        Activations shift = modulation.channels(first * width, width);
        Activations scale = modulation.channels((first + 1) * width, width);
        net.norm(name, new LayerNorm(width, EPSILON), tokens, normed);
        net.steps.step(name + ".modulate", Work.none(Work.Kind.FILM), (batch, part, parts) -> kernels.modulate(
                normed.rows(batch), shift.rows(batch), scale.rows(batch), normed.rows(batch), batch, part, parts));
    }

    private void addGated(String name, Activations tokens, Activations modulation, int index) {
        Activations gate = modulation.channels(index * width, width);
        net.steps.step(name, Work.none(Work.Kind.FILM), (batch, part, parts) -> kernels.addGated(
                added.rows(batch), gate.rows(batch), tokens.rows(batch), tokens.rows(batch), batch, part, parts));
    }

    private void rotate(String name, Rotary op, Activations x) {
        net.steps.step(name, Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.rotate(op, x.rows(batch), x.rows(batch), batch, part, parts));
    }

    /// Angles position * base^(-2 k / headSize), rounded to float32 where the training code rounds.
    private Rotary rotary(int positions) {
        int headSize = width / spec.heads();
        int half = headSize / 2;
        MemorySegment cosines = NativeMemory.floats(arena, (long) positions * half);
        MemorySegment sines = NativeMemory.floats(arena, (long) positions * half);
        for (int position = 0; position < positions; position++) {
            for (int k = 0; k < half; k++) {
                float exponent = 2f * k / headSize;
                float frequency = 1f / (float) Math.pow(spec.ropeBase(), exponent);
                float angle = position * frequency;
                long at = (long) position * half + k;
                cosines.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) Math.cos(angle));
                sines.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) Math.sin(angle));
            }
        }
        return new Rotary(spec.heads(), headSize, positions, cosines, sines);
    }

    @Override
    public String name() {
        return "dit";
    }

    @Override
    public boolean channelsFirst() {
        return false;
    }

    @Override
    public Activations sample() {
        return sample;
    }

    @Override
    public Activations output() {
        return output;
    }

    @Override
    public Activations condition() {
        return film.condition();
    }

    /// Sines and cosines, Linear, GELU, Linear, GELU.
    @Override
    public StepTable table(Workers workers, float[] times) {
        int dim = spec.stepEmbedDim();
        try (Arena temporary = Arena.ofShared()) {
            TokenSteps steps = new TokenSteps(kernels, temporary, times.length);
            Activations waves = steps.take(1, dim);
            Activations hidden = steps.take(1, STEP_WIDENING * dim);
            Activations embeddings = steps.take(1, dim);
            for (int i = 0; i < times.length; i++) {
                waves.write(i, StepEncoder.waves(times[i], dim), 0);
            }
            steps.linear(scope, "time_mlp.1", waves, hidden, Activation.GELU);
            steps.linear(scope, "time_mlp.3", hidden, embeddings, Activation.GELU);
            steps.steps.build().run(workers, times.length);
            return film.table(workers, embeddings, StepEncoder.waves(times[0], dim));
        }
    }

    @Override
    public void keep(int sample, int slot) {
        film.keep(sample, slot);
    }

    @Override
    public void select(int row, int slot, StepTable table, int index) {
        film.select(row, slot, table, index);
    }

    @Override
    public Plan plan() {
        return plan;
    }

    @Override
    public Plan observationPlan() {
        return film.observationPlan();
    }
}
