// What reduces positions to fewer.
#include "primitives.cuh"
#include "maths.cuh"
#include "quads.cuh"

namespace {

/// The larger of two; NaN wins.
__device__ __forceinline__ float larger(float a, float b) {
    return b > a || b != b ? b : a;
}

constexpr int POOL_BLOCK = 256;
constexpr int POOL_WARPS = POOL_BLOCK / WARP;
constexpr int SOFTMAX_BLOCK = 512;
constexpr int KEYPOINTS = 4; // of a block
constexpr int AHEAD = 4; // positions that a thread asks for before it waits for the first
constexpr int SUMS = 3 * KEYPOINTS; // of weights, of weighted x, of weighted y

/// Four keypoints of a sample, which lie side by side.
struct Keypoints {
    const float* x; // of the sample
    int stride;
    int positions;
    int first;
    int all;
    bool aligned;

    /// Calls `visit(position, values)` with every position of a thread.
    template <typename Visit>
    __device__ __forceinline__ void each(Visit visit) const {
        for (int from = threadIdx.x; from < positions; from += AHEAD * SOFTMAX_BLOCK) {
            Quad values[AHEAD];
#pragma unroll
            for (int i = 0; i < AHEAD; i++) {
                if (from + i * SOFTMAX_BLOCK < positions) {
                    values[i] = load_quad(row_of(x, from + i * SOFTMAX_BLOCK, stride), first, all, aligned);
                }
            }
#pragma unroll
            for (int i = 0; i < AHEAD; i++) {
                if (from + i * SOFTMAX_BLOCK < positions) {
                    visit(from + i * SOFTMAX_BLOCK, values[i]);
                }
            }
        }
    }
};

} // namespace

/// 2-D maximum over square windows; padding never wins. x: [batch, heightIn, widthIn, channels], out: [batch,
/// heightOut, widthOut, channels].
// block 128, grid (ceil(batch * heightOut * widthOut * ceil(channels / 4) / 128))
extern "C" __global__ void max_pool(
    const float* x, int xs, float* out, int os, int heightIn, int widthIn, int heightOut, int widthOut,
    int channels, int window, int stride, int pad, int batch) {
    const Spot at = spot_of(channels);
    const int line = at.row / widthOut;
    const int sample = line / heightOut;
    if (sample >= batch) {
        return;
    }
    const bool aligned = in_quads(x, xs) && in_quads(out, os);
    const int top = line % heightOut * stride - pad;
    const int left = at.row % widthOut * stride - pad;
    Quad best = {{-INFINITY, -INFINITY, -INFINITY, -INFINITY}};
    for (int y = max(top, 0); y < min(top + window, heightIn); y++) {
        for (int column = max(left, 0); column < min(left + window, widthIn); column++) {
            const float* row = row_of(x, (sample * heightIn + y) * widthIn + column, xs);
            const Quad values = load_quad(row, at.column, channels, aligned);
#pragma unroll
            for (int k = 0; k < 4; k++) {
                best.v[k] = larger(best.v[k], values.v[k]);
            }
        }
    }
    store_quad(row_of(out, at.row, os), at.column, channels, aligned, best);
}
SINEW_KERNEL(max_pool);

/// Mean over the positions of each sample. x: [batch, positions, channels], out: [batch, channels]. A warp takes every
/// eighth position of 32 channels, and the first adds up what the eight have.
// block 256, grid (ceil(channels / 32), batch)
extern "C" __global__ void __launch_bounds__(POOL_BLOCK) average_pool(
    const float* x, int xs, float* out, int os, int positions, int channels, int batch) {
    __shared__ float sums[POOL_WARPS][WARP];
    const int lane = threadIdx.x % WARP;
    const int warp = threadIdx.x / WARP;
    const int channel = blockIdx.x * WARP + lane;
    const int sample = blockIdx.y;
    const bool inside = channel < channels && sample < batch;
    float sum = 0.0f;
    if (inside) {
        const float* from = x + static_cast<long long>(sample) * positions * xs + channel;
#pragma unroll 4
        for (int p = warp; p < positions; p += POOL_WARPS) {
            sum += from[static_cast<long long>(p) * xs];
        }
    }
    sums[warp][lane] = sum;
    __syncthreads();
    if (warp == 0 && inside) {
        float total = 0.0f;
#pragma unroll
        for (int w = 0; w < POOL_WARPS; w++) {
            total += sums[w][lane];
        }
        row_of(out, sample, os)[channel] = total / static_cast<float>(positions);
    }
}
SINEW_KERNEL(average_pool);

/// Per sample and keypoint the softmax over the positions, then the expected position. x: [batch, positions,
/// keypoints], grid: [positions, 2], out: [batch, 2 * keypoints]. A block has four keypoints, which lie side by side.
// block 512, grid (ceil(keypoints / 4), batch)
extern "C" __global__ void __launch_bounds__(SOFTMAX_BLOCK) spatial_softmax(
    const float* x, int xs, const float* grid, float* out, int os, int positions, int keypoints, int batch) {
    __shared__ float partials[SUMS * WARP];
    const int keypoint = blockIdx.x * KEYPOINTS;
    const int sample = blockIdx.y;
    const float* from = x + static_cast<long long>(sample) * positions * xs;
    const Keypoints four = {from, xs, sample < batch ? positions : 0, keypoint, keypoints, in_quads(x, xs)};

    float most[KEYPOINTS] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
    four.each([&](int, const Quad& values) {
#pragma unroll
        for (int k = 0; k < KEYPOINTS; k++) {
            most[k] = fmaxf(most[k], values.v[k]);
        }
    });
    block_fold<Maximum>(most, partials);

    float sums[SUMS] = {};
    four.each([&](int position, const Quad& values) {
        const float gridX = grid[2 * position];
        const float gridY = grid[2 * position + 1];
#pragma unroll
        for (int k = 0; k < KEYPOINTS; k++) {
            const float weight = expf(values.v[k] - most[k]);
            sums[3 * k] += weight;
            sums[3 * k + 1] = __fmaf_rn(weight, gridX, sums[3 * k + 1]);
            sums[3 * k + 2] = __fmaf_rn(weight, gridY, sums[3 * k + 2]);
        }
    });
    block_fold<Sum>(sums, partials);

    if (threadIdx.x == 0 && sample < batch) {
        float* to = row_of(out, sample, os) + 2 * keypoint;
#pragma unroll
        for (int k = 0; k < KEYPOINTS; k++) {
            if (keypoint + k < keypoints) {
                to[2 * k] = sums[3 * k + 1] / sums[3 * k];
                to[2 * k + 1] = sums[3 * k + 2] / sums[3 * k];
            }
        }
    }
}
SINEW_KERNEL(spatial_softmax);
