package sinew.engine.nn;

import java.util.List;
import sinew.engine.policy.UnetSpec;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Conv1d;
import sinew.kernels.GroupNorm;
import sinew.kernels.Panels;

/// The weights of a UNet's residual blocks, by place.
final class UnetBlocks {
    private static final float EPSILON = 1e-5f;

    final Block[][] down; // [levels][2]
    final Block[] middle; // [2]
    final Block[][] up; // [levels - 1][2]

    UnetBlocks(WeightScope scope, UnetSpec spec, FilmConditioning film, int actionDim) {
        List<Integer> dims = spec.downDims();
        int levels = dims.size();
        down = new Block[levels][];
        for (int level = 0; level < levels; level++) {
            int cin = level == 0 ? actionDim : dims.get(level - 1);
            down[level] = pair(scope.in("down_modules." + level), spec, film, cin, dims.get(level));
        }
        int lowest = dims.getLast();
        middle = pair(scope.in("mid_modules"), spec, film, lowest, lowest);
        up = new Block[levels - 1][];
        for (int i = 0; i < levels - 1; i++) {
            int cin = 2 * dims.get(levels - 1 - i);
            up[i] = pair(scope.in("up_modules." + i), spec, film, cin, dims.get(levels - 2 - i));
        }
    }

    private static Block[] pair(WeightScope scope, UnetSpec spec, FilmConditioning film, int cin, int channels) {
        return new Block[] {
            new Block(scope.in("0"), spec, film, cin, channels),
            new Block(scope.in("1"), spec, film, channels, channels)
        };
    }

    /// A convolution that keeps the length.
    static Conv1d conv(WeightScope scope, int time, int cin, int cout, int taps) {
        Panels weights = scope.tapPanels("weight", cout, cin, taps);
        return new Conv1d(time, cin, cout, taps, 1, taps / 2, weights, scope.vector("bias", cout));
    }

    static GroupNorm norm(WeightScope scope, int groups, int channels) {
        return new GroupNorm(
                groups, channels, EPSILON, scope.vector("weight", channels), scope.vector("bias", channels));
    }

    /// Conv1d, GroupNorm, Mish, modulation, Conv1d, GroupNorm, Mish, plus the input or its 1x1 convolution.
    static final class Block {
        private final WeightScope scope;
        private final int cin;
        private final int channels;
        private final int taps;
        private final GroupNorm firstNorm;
        private final GroupNorm secondNorm;
        private final FilmConditioning.Block film;

        private Block(WeightScope scope, UnetSpec spec, FilmConditioning film, int cin, int channels) {
            this.scope = scope;
            this.cin = cin;
            this.channels = channels;
            this.taps = spec.kernelSize();
            this.firstNorm = norm(scope.in("conv1.block.1"), spec.nGroups(), channels);
            this.secondNorm = norm(scope.in("conv2.block.1"), spec.nGroups(), channels);
            this.film = film.add(scope, "cond_encoder.1", spec.filmScale() ? 2 * channels : channels);
        }

        int channels() {
            return channels;
        }

        Conv1d first(int time) {
            return conv(scope.in("conv1.block.0"), time, cin, channels, taps);
        }

        GroupNorm firstNorm() {
            return firstNorm;
        }

        FilmConditioning.Block film() {
            return film;
        }

        Conv1d second(int time) {
            return conv(scope.in("conv2.block.0"), time, channels, channels, taps);
        }

        GroupNorm secondNorm() {
            return secondNorm;
        }

        boolean hasResidual() {
            return cin != channels;
        }

        Conv1d residual(int time) {
            return conv(scope.in("residual_conv"), time, cin, channels, 1);
        }
    }
}
