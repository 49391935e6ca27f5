package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Kernels;
import sinew.kernels.Linear;
import sinew.kernels.Panels;
import sinew.kernels.Rows;
import sinew.kernels.Workers;

/// The modulation (FiLM, Perez et al. 2018) of all blocks of a denoiser: a UNet's residual blocks, or the blocks of a
/// transformer whose norms are modulated (adaLN, Peebles and Xie 2023).
///
/// Every block computes Linear(act([step embedding, observation])). The activation acts on each value alone, so the product
/// splits into a part that knows the step only ([StepTable], once per schedule) and a part that knows the
/// observation only (once per prediction); a denoising step adds the two.
///
/// The samples of a batch may be at different steps of different schedules, and may change their row from one
/// denoising step to the next: the observation's part is kept in a slot, and every row names its slot and its step.
final class FilmConditioning {
    private final Kernels kernels;
    private final Arena arena;
    private final Activation activation;
    private final int stepDim;
    private final int condDim;
    private final List<Block> blocks = new ArrayList<>();
    private int width; // F, the sum of all blocks' modulations

    private Activations condition; // [B, 1, condDim], null without one
    private Activations current; // [B, 1, F]
    private Rows[] fresh; // [maxBatch] of [1, F], what the last run of the observation's plan made
    private Rows[] observed; // [slots] of [1, F], zeros without a condition
    private Rows[] currentByRow; // [maxBatch] of [1, F]
    private Plan observationPlan; // null without a condition

    // Of the rows that are being denoised.
    private Rows[] stepOf; // [maxBatch] of [1, F]
    private Rows[] observedOf; // [maxBatch] of [1, F]

    /// One block's share of the modulation.
    final class Block {
        private final String name;
        private final int from;
        private final int count;
        private final Panels weights;
        private final MemorySegment bias;

        private Block(WeightScope scope, String layer, int count) {
            this.name = scope.name(layer);
            this.from = width;
            this.count = count;
            this.weights = scope.panels(layer + ".weight", count, stepDim + condDim);
            this.bias = scope.vector(layer + ".bias", count);
        }

        /// This block's modulation in the step that is being denoised: [B, 1, count].
        Activations view() {
            return current.channels(from, count);
        }
    }

    /// @param activation before the blocks' layers
    FilmConditioning(Kernels kernels, Arena arena, Activation activation, int stepDim, int condDim) {
        this.activation = activation;
        this.kernels = kernels;
        this.arena = arena;
        this.stepDim = stepDim;
        this.condDim = condDim;
    }

    /// Adds a block with `count` modulation values.
    ///
    /// @param layer name of the block's layer in its scope
    Block add(WeightScope scope, String layer, int count) {
        Block block = new Block(scope, layer, count);
        width += count;
        blocks.add(block);
        return block;
    }

    /// Call once after all blocks are added and before any view is taken.
    ///
    /// @param slots number of observations that can be kept
    void layOut(int maxBatch, int slots) {
        current = Activations.allocate(kernels.device(), arena, maxBatch, 1, width);
        observed = samples(Activations.allocate(kernels.device(), arena, slots, 1, width));
        currentByRow = samples(current);
        stepOf = new Rows[maxBatch];
        observedOf = new Rows[maxBatch];
        if (condDim > 0) {
            layOutCondition(maxBatch);
        }
    }

    private void layOutCondition(int maxBatch) {
        condition = Activations.allocate(kernels.device(), arena, maxBatch, 1, condDim);
        Activations active = Activations.allocate(kernels.device(), arena, maxBatch, 1, condDim);
        Activations all = Activations.allocate(kernels.device(), arena, maxBatch, 1, width);
        Plan.Builder steps = new Plan.Builder();
        steps.step("condition.activate", Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.activate(activation, condition.rows(batch), active.rows(batch), part, parts));
        for (Block block : blocks) {
            Linear op = new Linear(stepDim, condDim, block.count, block.weights, null);
            linear(steps, block, op, active, all);
        }
        observationPlan = steps.build();
        fresh = samples(all);
    }

    private static Rows[] samples(Activations values) {
        Rows[] rows = new Rows[values.maxBatch()];
        for (int b = 0; b < rows.length; b++) {
            rows[b] = values.sample(b).rows(1);
        }
        return rows;
    }

    private void linear(Plan.Builder steps, Block block, Linear op, Activations x, Activations all) {
        Activations out = all.channels(block.from, block.count);
        steps.step(block.name, Work.of(op), (batch, part, parts) ->
                kernels.linear(op, x.rows(batch), out.rows(batch), Activation.NONE, part, parts));
    }

    /// Where the observation's condition goes: [B, 1, condDim].
    Activations condition() {
        return condition;
    }

    Plan observationPlan() {
        return observationPlan;
    }

    /// Keeps what the observation's plan made of sample `sample`.
    void keep(int sample, int slot) {
        kernels.copyTokens(fresh[sample], 0, observed[slot], 0, 1, 1, 0, 1);
    }

    /// Says what row `row` is in the next denoising step.
    void select(int row, int slot, StepTable table, int index) {
        observedOf[row] = observed[slot];
        stepOf[row] = table.modulation(index);
    }

    /// Adds every row's own step's part to its observation's.
    void combine(int batch, int part, int parts) {
        for (int b = 0; b < batch; b++) {
            kernels.add(observedOf[b], stepOf[b], currentByRow[b], part, parts);
        }
    }

    /// Computes the steps' parts for every embedding.
    StepTable table(Workers workers, Activations embeddings) {
        return table(workers, embeddings, null);
    }

    /// @param firstWaves what the first embedding was made of, for traces
    StepTable table(Workers workers, Activations embeddings, float[] firstWaves) {
        int steps = embeddings.maxBatch();
        Activations all = Activations.allocate(kernels.device(), arena, steps, 1, width);
        try (Arena temporary = Arena.ofShared()) {
            Activations active = Activations.allocate(kernels.device(), temporary, steps, 1, stepDim);
            Plan.Builder plan = new Plan.Builder();
            plan.step("step.activate", Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                    kernels.activate(activation, embeddings.rows(batch), active.rows(batch), part, parts));
            for (Block block : blocks) {
                linear(plan, block, new Linear(stepDim, block.count, block.weights, block.bias), active, all);
            }
            plan.build().run(workers, steps);
        }
        float[] first = new float[stepDim];
        embeddings.read(0, first, 0);
        return new StepTable(all, first, firstWaves);
    }
}
