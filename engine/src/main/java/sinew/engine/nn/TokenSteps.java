package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Attention;
import sinew.kernels.Kernels;
import sinew.kernels.LayerNorm;
import sinew.kernels.Linear;
import sinew.kernels.Panels;
import sinew.kernels.Rows;

/// Adds what transformers are made of to a plan. Tokens are [B, T, C].
final class TokenSteps {
    final Plan.Builder steps = new Plan.Builder();
    private final Kernels kernels;
    private final Arena arena;
    private final int maxBatch;

    TokenSteps(Kernels kernels, Arena arena, int maxBatch) {
        this.kernels = kernels;
        this.arena = arena;
        this.maxBatch = maxBatch;
    }

    Arena arena() {
        return arena;
    }

    /// A place of its own for a result: [B, positions, channels].
    Activations take(int positions, int channels) {
        return Activations.allocate(kernels.device(), arena, maxBatch, positions, channels);
    }

    /// `<name>.weight` and `<name>.bias`.
    void linear(WeightScope scope, String name, Activations x, Activations out, Activation activation) {
        Panels weights = scope.panels(name + ".weight", out.channels(), x.channels());
        linear(scope.name(name), weights, scope.vector(name + ".bias", out.channels()), x, out, activation);
    }

    void linear(
            String name, Panels weights, MemorySegment bias, Activations x, Activations out, Activation activation) {
        Linear op = new Linear(x.channels(), out.channels(), weights, bias);
        Work work = Work.of(op);
        steps.step(name, new Work(work.kind(), work.flops() * x.positions(), work.bytes()), (batch, part, parts) ->
                kernels.linear(op, x.rows(batch), out.rows(batch), activation, part, parts));
    }

    /// `<name>.weight` and `<name>.bias`.
    void norm(WeightScope scope, String name, float epsilon, Activations x, Activations out) {
        int channels = x.channels();
        norm(scope.name(name), new LayerNorm(channels, epsilon, scope.vector(name + ".weight", channels),
                scope.vector(name + ".bias", channels)), x, out);
    }

    void norm(String name, LayerNorm op, Activations x, Activations out) {
        steps.step(name, Work.none(Work.Kind.NORM), (batch, part, parts) ->
                kernels.layerNorm(op, x.rows(batch), out.rows(batch), part, parts));
    }

    /// out = a + b, where b may have one sample that serves all.
    void add(String name, Activations a, Activations b, Activations out) {
        steps.step(name, Work.none(Work.Kind.ACTIVATION), (batch, part, parts) -> kernels.add(
                a.rows(batch), b.rows(Math.min(batch, b.maxBatch())), out.rows(batch), part, parts));
    }

    /// @param mask null for none
    void attention(String name, int heads, Activations q, Activations k, Activations v, Rows mask, Activations out) {
        Attention op = new Attention(heads, q.channels() / heads, q.positions(), k.positions());
        steps.step(name, Work.of(op), (batch, part, parts) -> kernels.attention(
                op, q.rows(batch), k.rows(batch), v.rows(batch), mask, out.rows(batch), batch, part, parts));
    }

    void mark(String name, Activations value) {
        steps.mark(name, value);
    }
}
