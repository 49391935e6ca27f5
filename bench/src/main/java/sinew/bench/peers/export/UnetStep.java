package sinew.bench.peers.export;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.UnetSpec;

/// One denoising step of LeRobot's DiffusionConditionalUnet1d (Chi et al. 2023), every operation where that class has
/// it: the step's embedding and each block's modulation are computed in the step.
final class UnetStep {
    private static final int FINAL_GROUPS = 8;

    private final Operations ops;
    private final UnetSpec spec;
    private final Value context; // [B, step embedding + condition]

    private UnetStep(Operations ops, UnetSpec spec, Value context) {
        this.ops = ops;
        this.spec = spec;
        this.context = context;
    }

    /// Inputs `sample` [B, T, A], `timestep` [B] and `cond` [B, condDim]; output `output` [B, T, A].
    static void write(Operations ops, DiffusionSpec spec, int batch) {
        Value sample = ops.input("sample", false, batch, spec.horizon(), spec.action().size());
        Value timestep = ops.input("timestep", true, batch);
        Value condition = ops.input("cond", false, batch, spec.nObsSteps() * spec.condPerStep());
        int dim = spec.unet().stepEmbedDim();
        Value step = ops.linear("unet.diffusion_step_encoder.1", ops.waves(timestep, dim), 4 * dim);
        step = ops.linear("unet.diffusion_step_encoder.3", ops.mish(step), dim);
        UnetStep unet = new UnetStep(ops, spec.unet(), ops.join(step, condition));
        Value out = unet.denoise(ops.channelsFirst(sample), spec.action().size());
        ops.output("output", ops.channelsLast(out));
    }

    private Value denoise(Value x, int actionDim) {
        List<Integer> dims = spec.downDims();
        int levels = dims.size();
        Deque<Value> skipped = new ArrayDeque<>();
        for (int level = 0; level < levels; level++) {
            String name = "unet.down_modules." + level;
            x = block(name + ".1", block(name + ".0", x, dims.get(level)), dims.get(level));
            skipped.push(x);
            x = level < levels - 1 ? ops.convolve(name + ".2", x, dims.get(level), 3, 2) : x;
        }
        x = block("unet.mid_modules.1", block("unet.mid_modules.0", x, dims.getLast()), dims.getLast());
        for (int i = 0; i < levels - 1; i++) {
            String name = "unet.up_modules." + i;
            int channels = dims.get(levels - 2 - i);
            x = block(name + ".0", ops.join(x, skipped.pop()), channels);
            x = ops.grow(name + ".2", block(name + ".1", x, channels));
        }
        x = convolution("unet.final_conv.0", x, dims.getFirst(), FINAL_GROUPS);
        return ops.convolve("unet.final_conv.1", x, actionDim, 1, 1);
    }

    private Value block(String name, Value x, int channels) {
        Value inner = convolution(name + ".conv1", x, channels, spec.nGroups());
        int modulations = spec.filmScale() ? 2 * channels : channels;
        Value modulation = ops.linear(name + ".cond_encoder.1", ops.mish(context), modulations);
        inner = ops.modulate(inner, modulation, spec.filmScale());
        Value out = convolution(name + ".conv2", inner, channels, spec.nGroups());
        Value residual = x.channels() == channels ? x : ops.convolve(name + ".residual_conv", x, channels, 1, 1);
        return ops.add(out, residual);
    }

    private Value convolution(String name, Value x, int channels, int groups) {
        Value out = ops.convolve(name + ".block.0", x, channels, spec.kernelSize(), 1);
        return ops.mish(ops.groupNorm(name + ".block.1", out, groups));
    }
}
