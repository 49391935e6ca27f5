package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.util.List;
import sinew.engine.policy.UnetSpec;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Conv1d;
import sinew.kernels.ConvTranspose1d;
import sinew.kernels.GroupNorm;
import sinew.kernels.Activation;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// The denoiser: a 1-D UNet over time whose residual blocks are modulated by the step and the observation
/// (Chi et al. 2023; LeRobot's DiffusionConditionalUnet1d, diffusion_policy's ConditionalUnet1D).
///
/// Down: two blocks per level, then a strided convolution except at the last. Two blocks in the middle. Up: the
/// skipped result joins the channels, two blocks, a transposed convolution. Each join is a buffer of twice the
/// channels whose halves are written in place by the level that skips and by the step before.
public final class ConditionalUnet1d implements Denoiser {
    private static final int FINAL_GROUPS = 8;

    private final Kernels kernels;
    private final Arena arena;
    private final UnetSpec spec;
    private final int maxBatch;
    private final StepEncoder stepEncoder;
    private final FilmConditioning film;
    private final Plan.Builder steps = new Plan.Builder();
    private final Activations sample;
    private final Activations output;
    private final Plan plan;

    /// @param scope      the UNet's tensors; problems are left for its requireComplete
    /// @param horizon    T
    /// @param actionDim  C, columns of a sample
    /// @param condDim    length of the observation's condition, 0 for none
    /// @param maxBatch   most rows of a denoising step; a step of fewer costs no more than if the maximum were as low
    /// @param slots      number of conditions that can be kept between steps
    public ConditionalUnet1d(
            Kernels kernels,
            WeightScope scope,
            UnetSpec spec,
            int horizon,
            int actionDim,
            int condDim,
            int maxBatch,
            int slots,
            Arena arena) {
        this.kernels = kernels;
        this.arena = arena;
        this.spec = spec;
        this.maxBatch = maxBatch;
        stepEncoder = new StepEncoder(kernels, scope.in("diffusion_step_encoder"), spec.stepEmbedDim());
        film = new FilmConditioning(kernels, arena, Activation.MISH, spec.stepEmbedDim(), condDim);
        UnetBlocks blocks = new UnetBlocks(scope, spec, film, actionDim);
        film.layOut(maxBatch, slots);
        sample = allocate(horizon, actionDim);
        steps.step("film", Work.none(Work.Kind.FILM), film::combine);
        Activations[] joins = new Activations[spec.downDims().size()];
        Activations lowest = middle(blocks, down(scope, blocks, joins), joins);
        output = finish(scope, up(scope, blocks, lowest, joins), actionDim);
        plan = steps.build();
    }

    @Override
    public String name() {
        return "unet";
    }

    @Override
    public boolean channelsFirst() {
        return true;
    }

    @Override
    public Activations sample() {
        return sample;
    }

    @Override
    public Activations output() {
        return output;
    }

    /// [B, 1, condDim], or null.
    @Override
    public Activations condition() {
        return film.condition();
    }

    @Override
    public StepTable table(Workers workers, float[] times) {
        try (Arena temporary = Arena.ofShared()) {
            return film.table(workers, stepEncoder.encode(temporary, workers, times));
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

    /// @param joins filled with the level's join of [what comes up, what is skipped], null at level 0, which skips
    ///              to nowhere: there is one up level fewer than down levels
    private Activations down(WeightScope scope, UnetBlocks blocks, Activations[] joins) {
        List<Integer> dims = spec.downDims();
        Activations x = sample;
        for (int level = 0; level < dims.size(); level++) {
            int channels = dims.get(level);
            String name = "down" + level;
            joins[level] = level == 0 ? null : allocate(x.positions(), 2 * channels);
            Activations first = allocate(x.positions(), channels);
            block(blocks.down[level][0], name + ".res1", x, first);
            Activations second = level == 0
                    ? allocate(x.positions(), channels)
                    : joins[level].channels(channels, channels);
            block(blocks.down[level][1], name + ".res2", first, second);
            x = second;
            if (level < dims.size() - 1) {
                x = shrink(scope.in("down_modules." + level + ".2"), name, second);
            }
            steps.mark(name + ".out", x);
        }
        return x;
    }

    private Activations middle(UnetBlocks blocks, Activations x, Activations[] joins) {
        int channels = x.channels();
        Activations first = allocate(x.positions(), channels);
        block(blocks.middle[0], "mid0", x, first);
        Activations last = joins.length > 1
                ? joins[joins.length - 1].channels(0, channels)
                : allocate(x.positions(), channels);
        block(blocks.middle[1], "mid1", first, last);
        return last;
    }

    private Activations up(WeightScope scope, UnetBlocks blocks, Activations x, Activations[] joins) {
        int levels = spec.downDims().size();
        for (int i = 0; i < levels - 1; i++) {
            Activations join = joins[levels - 1 - i];
            int channels = spec.downDims().get(levels - 2 - i);
            String name = "up" + i;
            Activations first = allocate(join.positions(), channels);
            block(blocks.up[i][0], name + ".res1", join, first);
            Activations second = allocate(join.positions(), channels);
            block(blocks.up[i][1], name + ".res2", first, second);
            Activations into = i < levels - 2
                    ? joins[levels - 2 - i].channels(0, channels)
                    : allocate(2 * join.positions(), channels);
            grow(scope.in("up_modules." + i + ".2"), name, second, into);
            x = into;
        }
        return x;
    }

    private void block(UnetBlocks.Block block, String mark, Activations x, Activations out) {
        Activations inner = allocate(x.positions(), block.channels());
        Conv1d first = block.first(x.positions());
        Conv1d second = block.second(x.positions());
        convolve(mark + ".conv1", first, x, inner);
        norm(mark + ".norm1", block.firstNorm(), inner, inner, block.film().view(), null);
        convolve(mark + ".conv2", second, inner, out);
        Activations residual = x;
        if (block.hasResidual()) {
            residual = allocate(x.positions(), block.channels());
            convolve(mark + ".residual", block.residual(x.positions()), x, residual);
        }
        norm(mark + ".norm2", block.secondNorm(), out, out, null, residual);
        steps.mark(mark, out);
    }

    private Activations shrink(WeightScope scope, String name, Activations x) {
        int channels = x.channels();
        Conv1d op = new Conv1d(
                x.positions(), channels, channels, 3, 2, 1,
                scope.tapPanels("weight", channels, channels, 3), scope.vector("bias", channels));
        Activations out = allocate(op.timeOut(), channels);
        convolve(name + ".down", op, x, out);
        return out;
    }

    private void grow(WeightScope scope, String name, Activations x, Activations out) {
        int channels = x.channels();
        ConvTranspose1d op = new ConvTranspose1d(
                x.positions(), channels, channels, 4, 2, 1,
                scope.tapPanels("weight", channels, channels, 4), scope.vector("bias", channels));
        steps.step(name + ".up", Work.of(op), (batch, part, parts) ->
                kernels.convTranspose1d(op, x.rows(batch), out.rows(batch), batch, part, parts));
        steps.mark(name + ".out", out);
    }

    private Activations finish(WeightScope scope, Activations x, int actionDim) {
        int channels = x.channels();
        WeightScope block = scope.in("final_conv.0.block");
        Activations inner = allocate(x.positions(), channels);
        convolve("final.conv1", UnetBlocks.conv(block.in("0"), x.positions(), channels, channels, spec.kernelSize()),
                x, inner);
        GroupNorm norm = UnetBlocks.norm(block.in("1"), FINAL_GROUPS, channels);
        norm("final.norm", norm, inner, inner, null, null);
        Activations out = allocate(x.positions(), actionDim);
        convolve("final.conv2",
                UnetBlocks.conv(scope.in("final_conv.1"), x.positions(), channels, actionDim, 1), inner, out);
        steps.mark("final_conv", out);
        return out;
    }

    private void convolve(String name, Conv1d op, Activations x, Activations out) {
        steps.step(name, Work.of(op), (batch, part, parts) ->
                kernels.conv1d(op, x.rows(batch), out.rows(batch), batch, part, parts));
    }

    private void norm(String name, GroupNorm op, Activations x, Activations out, Activations film, Activations added) {
        boolean scale = spec.filmScale();
        steps.step(name, Work.none(Work.Kind.NORM), (batch, part, parts) -> kernels.groupNormMish(
                op,
                x.rows(batch),
                out.rows(batch),
                film == null ? null : film.rows(batch),
                scale,
                added == null ? null : added.rows(batch),
                batch,
                part,
                parts));
    }

    private Activations allocate(int positions, int channels) {
        return Activations.allocate(kernels.device(), arena, maxBatch, positions, channels);
    }
}
