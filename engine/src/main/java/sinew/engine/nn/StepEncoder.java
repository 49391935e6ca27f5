package sinew.engine.nn;

import java.lang.foreign.Arena;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Kernels;
import sinew.kernels.Linear;
import sinew.kernels.Workers;

/// Embeds training steps: sines and cosines (Vaswani et al. 2017), Linear, Mish, Linear.
final class StepEncoder {
    private static final int WIDENING = 4;
    private static final double LONGEST = 10_000;

    private final Kernels kernels;
    private final int dim;
    private final Linear first;
    private final Linear last;

    /// @param dim D, even and at least 4
    StepEncoder(Kernels kernels, WeightScope scope, int dim) {
        this.kernels = kernels;
        this.dim = dim;
        int wide = WIDENING * dim;
        first = new Linear(dim, wide, scope.panels("1.weight", wide, dim), scope.vector("1.bias", wide));
        last = new Linear(wide, dim, scope.panels("3.weight", dim, wide), scope.vector("3.bias", dim));
    }

    /// @return [steps, 1, D] in `arena`
    Activations encode(Arena arena, Workers workers, float[] times) {
        int steps = times.length;
        Activations waves = Activations.allocate(kernels.device(), arena, steps, 1, dim);
        Activations wide = Activations.allocate(kernels.device(), arena, steps, 1, WIDENING * dim);
        Activations out = Activations.allocate(kernels.device(), arena, steps, 1, dim);
        for (int i = 0; i < steps; i++) {
            waves.write(i, waves(times[i], dim), 0);
        }
        Plan.Builder plan = new Plan.Builder();
        plan.step("step.1", Work.of(first), (batch, part, parts) ->
                kernels.linear(first, waves.rows(batch), wide.rows(batch), Activation.MISH, part, parts));
        plan.step("step.3", Work.of(last), (batch, part, parts) ->
                kernels.linear(last, wide.rows(batch), out.rows(batch), Activation.NONE, part, parts));
        plan.build().run(workers, steps);
        return out;
    }

    /// Rounded to float32 where the training code rounds.
    static float[] waves(float time, int dim) {
        int half = dim / 2;
        float decay = (float) -(StrictMath.log(LONGEST) / (half - 1));
        float[] out = new float[dim];
        for (int i = 0; i < half; i++) {
            float angle = time * (float) StrictMath.exp(i * decay);
            out[i] = (float) StrictMath.sin(angle);
            out[half + i] = (float) StrictMath.cos(angle);
        }
        return out;
    }
}
