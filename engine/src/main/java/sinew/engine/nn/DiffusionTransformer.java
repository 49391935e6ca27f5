package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import sinew.engine.policy.TransformerSpec;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Kernels;
import sinew.kernels.NativeMemory;
import sinew.kernels.Rows;
import sinew.kernels.Workers;

/// The denoiser of rows as tokens: diffusion_policy's TransformerForDiffusion (Chi et al. 2023).
///
/// As a rule the rows are decoded against a memory of the step and the observations. Where the step is no part of a
/// condition there is no memory: the step is the first of the tokens and falls away at the end.
public final class DiffusionTransformer implements Denoiser {
    private static final int WIDENING = TransformerSpec.WIDENING;

    private final Kernels kernels;
    private final Arena arena;
    private final TransformerSpec spec;
    private final int width;
    private final TransformerMemory memory; // null where the step is the first of the tokens
    private final Activations sample;
    private final Activations output;
    private final Activations tokens; // [B, T, E], or [B, 1 + T, E] with the step first
    private final Rows[] tokensOf; // [maxBatch] of [1 + T, E]
    private final Rows[] stepOf; // [maxBatch] of [1, E], of the rows that are being denoised
    private final Plan plan;

    /// @param scope        the network's tensors; problems are left for its requireComplete
    /// @param horizon      T
    /// @param sampleDim    C, columns of a sample
    /// @param observations To, observations that are tokens of the memory
    /// @param conditionDim D, values of such an observation, 0 for none
    /// @param maxBatch     most rows of a denoising step
    /// @param slots        number of conditions that can be kept between steps
    public DiffusionTransformer(
            Kernels kernels,
            WeightScope scope,
            TransformerSpec spec,
            int horizon,
            int sampleDim,
            int observations,
            int conditionDim,
            int maxBatch,
            int slots,
            Arena arena) {
        this.kernels = kernels;
        this.arena = arena;
        this.spec = spec;
        width = spec.width();
        memory = spec.timeAsCondition()
                ? new TransformerMemory(kernels, arena, scope, spec, observations, conditionDim, maxBatch, slots)
                : null;
        int positions = memory == null ? horizon + 1 : horizon;
        sample = Activations.allocate(kernels.device(), arena, maxBatch, horizon, sampleDim);
        output = Activations.allocate(kernels.device(), arena, maxBatch, horizon, sampleDim);
        tokens = Activations.allocate(kernels.device(), arena, maxBatch, positions, width);
        tokensOf = new Rows[maxBatch];
        for (int b = 0; b < maxBatch; b++) {
            tokensOf[b] = tokens.sample(b).rows(1);
        }
        stepOf = new Rows[maxBatch];
        Plan.Builder steps = new Plan.Builder();
        TransformerLayers layers = new TransformerLayers(
                kernels, arena, steps, spec.heads(), width, WIDENING * width, maxBatch, positions);
        if (memory == null) {
            finish(scope, steps, layers, encode(scope, steps, layers));
        } else {
            decode(scope, steps, layers);
            finish(scope, steps, layers, tokens);
        }
        plan = steps.build();
    }

    private void decode(WeightScope scope, Plan.Builder steps, TransformerLayers layers) {
        Activations[] keyValues = memory.layOut(steps);
        layers.linear(scope, "input_emb", sample, tokens, Activation.NONE);
        steps.mark("input_emb", tokens);
        place(scope, steps);
        Rows mask = spec.causal() ? mask(tokens.positions(), tokens.positions(), 0) : null;
        Rows memoryMask = spec.causal() && memory.condition() != null
                ? mask(tokens.positions(), memory.tokens(), 1)
                : null;
        for (int i = 0; i < spec.layers(); i++) {
            layers.decode(scope.in("decoder.layers." + i), tokens, mask, keyValues[i].channels(0, width),
                    keyValues[i].channels(width, width), memoryMask);
            steps.mark("decoder_layer" + i, tokens);
        }
    }

    /// @return the rows without the step: [B, T, E]
    private Activations encode(WeightScope scope, Plan.Builder steps, TransformerLayers layers) {
        int rows = sample.positions();
        Activations embedded = Activations.allocate(kernels.device(), arena, sample.maxBatch(), rows, width);
        steps.step("step", Work.none(Work.Kind.ACTIVATION), this::placeStep);
        layers.linear(scope, "input_emb", sample, embedded, Activation.NONE);
        steps.mark("input_emb", embedded);
        copyRows(steps, "rows", embedded, 0, tokens, 1);
        place(scope, steps);
        Rows mask = spec.causal() ? mask(tokens.positions(), tokens.positions(), 0) : null;
        for (int i = 0; i < spec.layers(); i++) {
            layers.encode(scope.in("encoder.layers." + i), tokens, mask);
        }
        steps.mark("encoder_out", tokens);
        copyRows(steps, "rows.out", tokens, 1, embedded, 0);
        return embedded;
    }

    private void finish(WeightScope scope, Plan.Builder steps, TransformerLayers layers, Activations x) {
        layers.norm(scope, "ln_f", x, x);
        steps.mark("ln_f", x);
        layers.linear(scope, "head", x, output, Activation.NONE);
    }

    private void place(WeightScope scope, Plan.Builder steps) {
        int positions = tokens.positions();
        Rows places = Rows.dense(scope.floats("pos_emb", positions, width), positions, width);
        steps.step(scope.name("pos_emb"), Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.add(tokens.rows(batch), places, tokens.rows(batch), part, parts));
    }

    private void copyRows(Plan.Builder steps, String name, Activations x, int from, Activations out, int to) {
        int count = sample.positions();
        steps.step(name, Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.copyTokens(x.rows(batch), from, out.rows(batch), to, count, batch, part, parts));
    }

    private void placeStep(int batch, int part, int parts) {
        for (int b = 0; b < batch; b++) {
            kernels.copyTokens(stepOf[b], 0, tokensOf[b], 0, 1, 1, part, parts);
        }
    }

    /// Row t sees the keys 0 to t + ahead.
    private Rows mask(int queries, int keys, int ahead) {
        MemorySegment memory = NativeMemory.floats(arena, (long) queries * keys);
        for (int t = 0; t < queries; t++) {
            for (int key = 0; key < keys; key++) {
                float value = key <= t + ahead ? 0 : Float.NEGATIVE_INFINITY;
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, (long) t * keys + key, value);
            }
        }
        return Rows.dense(memory, queries, keys);
    }

    @Override
    public String name() {
        return "transformer";
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

    /// [B, To, D], or null.
    @Override
    public Activations condition() {
        return memory == null ? null : memory.condition();
    }

    @Override
    public StepTable table(Workers workers, float[] times) {
        Activations waves = Activations.allocate(kernels.device(), arena, times.length, 1, width);
        for (int i = 0; i < times.length; i++) {
            waves.write(i, StepEncoder.waves(times[i], width), 0);
        }
        float[] first = new float[width];
        waves.read(0, first, 0);
        return new StepTable(memory == null ? waves : memory.table(workers, waves), first);
    }

    @Override
    public void keep(int sample, int slot) {
        memory.keep(sample, slot);
    }

    @Override
    public void select(int row, int slot, StepTable table, int index) {
        if (memory == null) {
            stepOf[row] = table.modulation(index);
        } else {
            memory.select(row, slot, table, index);
        }
    }

    @Override
    public Plan plan() {
        return plan;
    }

    @Override
    public Plan observationPlan() {
        return memory == null ? null : memory.observationPlan();
    }
}
