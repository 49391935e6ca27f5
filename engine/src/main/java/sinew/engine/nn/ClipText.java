package sinew.engine.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import sinew.engine.policy.ClipTextSpec;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Activation;
import sinew.kernels.Kernels;
import sinew.kernels.NativeMemory;
import sinew.kernels.Rows;
import sinew.kernels.Workers;

/// CLIP's text tower (Radford et al. 2021) as transformers' CLIPTextModel, and LeRobot's projection of what it says.
/// A token sees those before it; the text is what the last layer says at the end token, which has the largest number.
/// What stands behind it, padding, changes nothing.
public final class ClipText {
    private final ClipTextSpec spec;
    private final MemorySegment words; // [vocabulary, W]
    private final Activations tokens; // [1, L, W]
    private final Activations pooled; // [1, 1, W]
    private final Activations output; // [1, 1, D]
    private final Plan layers;
    private final Plan projection;

    /// @param scope      problems are left for its requireComplete
    /// @param outputSize D
    public ClipText(Kernels kernels, WeightScope scope, ClipTextSpec spec, int outputSize, Arena arena) {
        this.spec = spec;
        int length = spec.length();
        int width = spec.width();
        words = scope.floats("token_embedding", spec.vocabulary(), width);
        TokenSteps net = new TokenSteps(kernels, arena, 1);
        tokens = net.take(length, width);
        Rows places = new Rows(scope.floats("position_embedding", spec.context(), width), length, width, width);
        net.steps.step(scope.name("position_embedding"), Work.none(Work.Kind.ACTIVATION), (batch, part, parts) ->
                kernels.add(tokens.rows(batch), places, tokens.rows(batch), part, parts));
        Rows mask = causal(arena, length);
        ClipLayers stack = new ClipLayers(net, spec.heads(), length, width);
        for (int i = 0; i < spec.layers(); i++) {
            stack.add(scope.in("layers." + i), tokens, mask);
            net.mark("text_layer" + i, tokens);
        }
        net.norm(scope, "final_layer_norm", ClipLayers.EPSILON, tokens, tokens);
        layers = net.steps.build();
        TokenSteps last = new TokenSteps(kernels, arena, 1);
        pooled = last.take(1, width);
        output = last.take(1, outputSize);
        last.linear(scope, "projection", pooled, output, Activation.NONE);
        last.mark("text_projected", output);
        projection = last.steps.build();
    }

    private static Rows causal(Arena arena, int length) {
        MemorySegment memory = NativeMemory.floats(arena, (long) length * length);
        for (int query = 0; query < length; query++) {
            for (int key = query + 1; key < length; key++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, (long) query * length + key, Float.NEGATIVE_INFINITY);
            }
        }
        return Rows.dense(memory, length, length);
    }

    /// Encodes one text.
    ///
    /// @param ids      [L] numbers of tokens, each within the vocabulary
    /// @param out      [D]
    /// @param listener null, or told of intermediates under the reference recordings' names
    public void encode(Workers workers, float[] ids, float[] out, Plan.Listener listener) {
        int width = spec.width();
        float[] row = new float[width];
        int end = 0;
        for (int i = 0; i < ids.length; i++) {
            MemorySegment.copy(words, ValueLayout.JAVA_FLOAT, (long) ids[i] * width * Float.BYTES, row, 0, width);
            tokens.write(i, row, 0);
            end = ids[i] > ids[end] ? i : end;
        }
        layers.run(workers, 1, listener);
        tokens.read(end, row, 0);
        pooled.write(0, row, 0);
        if (listener != null) {
            listener.reached("text_pooled", pooled);
        }
        projection.run(workers, 1, listener);
        output.read(0, out, 0);
    }
}
