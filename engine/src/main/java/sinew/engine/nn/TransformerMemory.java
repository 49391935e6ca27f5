package sinew.engine.nn;

import java.lang.foreign.Arena;
import sinew.engine.policy.TransformerSpec;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Kernels;
import sinew.kernels.Linear;
import sinew.kernels.Rows;
import sinew.kernels.Workers;

/// The memory that a decoder's layers attend to: one token for the step, then one per observation, S together.
///
/// Without condition layers each token goes its own way, so all that the layers want of the observations, keys and
/// values included, is computed once per prediction, and all that they want of the steps once per schedule; a
/// denoising step puts the two beside each other. With condition layers the tokens attend to each other first, and all
/// of that belongs to the step.
final class TransformerMemory {
    private static final int WIDENING = TransformerSpec.WIDENING;

    private final Kernels kernels;
    private final Arena arena;
    private final TransformerSpec spec;
    private final WeightScope scope;
    private final int width;
    private final int observations; // To
    private final boolean alone; // each token goes its own way
    private final int kept; // channels of what is kept of a token
    private final Rows positions; // [S, E]
    private final Linear[] keyValues; // [layers]
    private final Activations memory; // [B, S, kept]
    private final Rows[] memoryOf; // [maxBatch] of [S, kept]

    private Activations condition; // [B, To, D], null without observations
    private Plan observationPlan;
    private Rows[] fresh; // [maxBatch] of [To, kept], what the last run of the observation's plan made
    private Rows[] observed; // [slots] of [To, kept]

    // Of the rows that are being denoised.
    private final Rows[] stepOf; // [maxBatch] of [1, kept]
    private final Rows[] observedOf; // [maxBatch] of [To, kept]

    /// @param observations To
    /// @param conditionDim D, 0 for none: then the step is the only token
    TransformerMemory(Kernels kernels, Arena arena, WeightScope scope, TransformerSpec spec, int observations,
            int conditionDim, int maxBatch, int slots) {
        this.kernels = kernels;
        this.arena = arena;
        this.spec = spec;
        this.scope = scope;
        this.observations = conditionDim > 0 ? observations : 0;
        width = spec.width();
        alone = spec.conditionLayers() == 0;
        kept = alone ? width + spec.layers() * 2 * width : width;
        positions = Rows.dense(scope.floats("cond_pos_emb", tokens(), width), tokens(), width);
        keyValues = new Linear[spec.layers()];
        for (int i = 0; i < keyValues.length; i++) {
            WeightScope own = scope.in("decoder.layers." + i + ".multihead_attn.kv_proj");
            keyValues[i] = new Linear(width, 2 * width, own.panels("weight", 2 * width, width),
                    own.vector("bias", 2 * width));
        }
        memory = Activations.allocate(kernels.device(), arena, maxBatch, tokens(), kept);
        memoryOf = samples(memory);
        stepOf = new Rows[maxBatch];
        observedOf = new Rows[maxBatch];
        if (conditionDim > 0) {
            layOutCondition(conditionDim, maxBatch, slots);
        }
    }

    private void layOutCondition(int conditionDim, int maxBatch, int slots) {
        condition = Activations.allocate(kernels.device(), arena, maxBatch, observations, conditionDim);
        Activations embedded = Activations.allocate(kernels.device(), arena, maxBatch, observations, width);
        Activations placed = Activations.allocate(kernels.device(), arena, maxBatch, observations, width);
        Activations whole = Activations.allocate(kernels.device(), arena, maxBatch, observations, kept);
        Rows places = new Rows(positions.memory().asSlice((long) width * Float.BYTES), observations, width, width);
        Plan.Builder steps = new Plan.Builder();
        TransformerLayers.linear(kernels, steps, scope, "cond_obs_emb", condition, embedded, Activation.NONE);
        steps.mark("cond_obs_emb", embedded);
        finish(steps, embedded, places, placed, whole);
        observationPlan = steps.build();
        fresh = samples(whole);
        observed = samples(Activations.allocate(kernels.device(), arena, slots, observations, kept));
    }

    /// From embedded tokens to what is kept of them: [token with its place], or [memory, keys and values of every
    /// layer].
    private void finish(Plan.Builder steps, Activations embedded, Rows places, Activations placed, Activations out) {
        Activations first = alone ? placed : out;
        steps.step("cond_pos_emb", Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.add(embedded.rows(batch), places, first.rows(batch), part, parts));
        if (!alone) {
            return;
        }
        Activations wide =
                Activations.allocate(kernels.device(), arena, placed.maxBatch(), placed.positions(), WIDENING * width);
        Activations encoded = out.channels(0, width);
        TransformerLayers.linear(kernels, steps, scope, "encoder.0", placed, wide, Activation.MISH);
        TransformerLayers.linear(kernels, steps, scope, "encoder.2", wide, encoded, Activation.NONE);
        for (int i = 0; i < spec.layers(); i++) {
            keyValues(steps, i, encoded, out.channels(width + i * 2 * width, 2 * width));
        }
    }

    private void keyValues(Plan.Builder steps, int layer, Activations x, Activations out) {
        Linear op = keyValues[layer];
        steps.step(scope.name("decoder.layers." + layer + ".multihead_attn.kv_proj"), Work.of(op, x.positions()),
                (batch, part, parts) ->
                        kernels.linear(op, x.rows(batch), out.rows(batch), Activation.NONE, part, parts));
    }

    private static Rows[] samples(Activations values) {
        Rows[] rows = new Rows[values.maxBatch()];
        for (int b = 0; b < rows.length; b++) {
            rows[b] = values.sample(b).rows(1);
        }
        return rows;
    }

    /// S.
    int tokens() {
        return 1 + observations;
    }

    Activations condition() {
        return condition;
    }

    Plan observationPlan() {
        return observationPlan;
    }

    /// Keeps what the observation's plan made of sample `sample`.
    void keep(int sample, int slot) {
        kernels.copyTokens(fresh[sample], 0, observed[slot], 0, observations, 1, 0, 1);
    }

    /// Says what row `row` is in the next denoising step.
    void select(int row, int slot, StepTable table, int index) {
        stepOf[row] = table.modulation(index);
        observedOf[row] = observations > 0 ? observed[slot] : null;
    }

    /// The part of a step's plan that brings the memory together.
    ///
    /// @return keys and values: [layers] of [B, S, 2E]
    Activations[] layOut(Plan.Builder steps) {
        steps.step("memory", Work.none(Work.Kind.ACTIVATION), this::combine);
        Activations[] result = new Activations[spec.layers()];
        Activations encoded = memory.channels(0, width);
        if (alone) {
            steps.mark("encoder_out", encoded);
            for (int i = 0; i < result.length; i++) {
                result[i] = memory.channels(width + i * 2 * width, 2 * width);
            }
            return result;
        }
        TransformerLayers layers = new TransformerLayers(kernels, arena, steps, spec.heads(), width, WIDENING * width,
                memory.maxBatch(), tokens());
        for (int i = 0; i < spec.conditionLayers(); i++) {
            layers.encode(scope.in("encoder.layers." + i), encoded, null);
        }
        steps.mark("encoder_out", encoded);
        for (int i = 0; i < result.length; i++) {
            result[i] = Activations.allocate(kernels.device(), arena, memory.maxBatch(), tokens(), 2 * width);
            keyValues(steps, i, encoded, result[i]);
        }
        return result;
    }

    private void combine(int batch, int part, int parts) {
        for (int b = 0; b < batch; b++) {
            kernels.copyTokens(stepOf[b], 0, memoryOf[b], 0, 1, 1, part, parts);
            if (observations > 0) {
                kernels.copyTokens(observedOf[b], 0, memoryOf[b], 1, observations, 1, part, parts);
            }
        }
    }

    /// Computes what the memory keeps of each step.
    ///
    /// @param embeddings [steps, 1, E]
    Activations table(Workers workers, Activations embeddings) {
        int count = embeddings.maxBatch();
        Activations all = Activations.allocate(kernels.device(), arena, count, 1, kept);
        Activations placed = Activations.allocate(kernels.device(), arena, count, 1, width);
        Plan.Builder steps = new Plan.Builder();
        finish(steps, embeddings, new Rows(positions.memory(), 1, width, width), placed, all);
        steps.build().run(workers, count);
        return all;
    }
}
