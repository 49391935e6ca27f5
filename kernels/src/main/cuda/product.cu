// The one matrix product under linear layers and convolutions: out = act(W x + bias + residual), over packed weights
// (Panels.java) and rows of activations that are gathered while they are read.
//
// With one robot the rows are few and the weights many: what counts is to read every weight once, at the memory's
// pace. So a block of four warps takes four panels of 16 outputs, a warp each; all of them multiply the same rows,
// which lie in shared memory; and the depth is split over as many blocks as fill the chip. The last block of a tile to
// finish adds up what the others left, in ascending order.
//
// The products are tensor cores' (m16n8k16 of bfloat16, m16n8k8 of TF32): a panel's 16 outputs are the rows of their
// left operand. Words of a panel are read as they lie: lane 4 g + t takes outputs 2 g and 2 g + 1, whose words are
// neighbours, and neighbouring depths, so that a warp reads 256 bytes without gaps. Which depth is which column of the
// left operand does not matter as long as the right one agrees.
//
// Precision: a float is the sum of two or three of the tensor cores' numbers. Activations always enter as two; F32
// weights as two of TF32 (three products, about 2^-21), or as one where TF32 was asked for; BF16 weights are exact;
// INT8 weights, a byte and its fraction, enter as two of bfloat16.
#include "primitives.cuh"
#include "maths.cuh"

// Not an unnamed one: nvcc would name what is in it after the folder that it is compiled in.
namespace sinew_product {

constexpr int WARPS = 4;
constexpr int THREADS = 32 * WARPS;
constexpr int PANEL = 16;                // outputs of a panel
constexpr int COLUMNS = WARPS * PANEL;   // outputs of a block
constexpr int CHUNK = 64;                // depths that lie in shared memory at a time
constexpr int QUADS = CHUNK / 4;
constexpr int FLOAT_PITCH = CHUNK + 8;   // floats of a row in shared memory: rows begin 8 banks apart
constexpr int HALF_PITCH = CHUNK + 16;   // bfloat16s of a row in shared memory: likewise

enum Mode { DIRECT = 0, CONVOLUTION = 1, TRANSPOSED = 2 };

/// Where the rows of an output come from.
struct Gather {
    const float* x;
    int stride;  // floats from row to row
    int rows;    // of the output
    int channels;
    int perTap;  // depths from tap to tap, channels or a few more
    int depth;   // taps * perTap
    int mode;
    int heightIn, widthIn, heightOut, widthOut;
    int kernelWidth, step, padY, padX;
};

/// The place of an output row: its sample's first input row, and where its window begins.
struct Place {
    int base, y, x;
};

__device__ __forceinline__ Place place(const Gather& g, int row) {
    if (row >= g.rows) {
        return {-1, 0, 0};
    }
    if (g.mode == DIRECT) {
        return {row, 0, 0};
    }
    int positions = g.heightOut * g.widthOut;
    int sample = row / positions;
    int position = row - sample * positions;
    int y = position / g.widthOut;
    int x = position - y * g.widthOut;
    int base = sample * g.heightIn * g.widthIn;
    return g.mode == TRANSPOSED ? Place{base, 0, x + g.padX} : Place{base, y * g.step - g.padY, x * g.step - g.padX};
}

/// The input row that meets a tap, or null where the tap meets the padding.
__device__ __forceinline__ const float* source(const Gather& g, const Place& p, int tap) {
    if (p.base < 0) {
        return nullptr;
    }
    if (g.mode == DIRECT) {
        return g.x + (size_t) p.base * g.stride;
    }
    int ky = tap / g.kernelWidth;
    int y = p.y + ky;
    int x = p.x + tap - ky * g.kernelWidth;
    if (g.mode == TRANSPOSED) {
        int scaled = p.x - tap;
        x = scaled / g.step;
        y = 0;
        if (scaled < 0 || x * g.step != scaled) {
            return nullptr;
        }
    }
    bool inside = y >= 0 && y < g.heightIn && x >= 0 && x < g.widthIn;
    return inside ? g.x + ((size_t) p.base + (size_t) y * g.widthIn + x) * g.stride : nullptr;
}

__device__ __forceinline__ float value(const Gather& g, const Place& p, int depth) {
    if (depth >= g.depth) {
        return 0.0f;
    }
    int tap = depth / g.perTap;
    int channel = depth - tap * g.perTap;
    const float* row = channel < g.channels ? source(g, p, tap) : nullptr;
    return row == nullptr ? 0.0f : row[channel];
}

/// Four neighbouring depths of an output row; zeros for padding and beyond the end.
__device__ __forceinline__ float4 quad(const Gather& g, const Place& p, int depth, bool aligned) {
    if (g.perTap % 4 != 0 && g.perTap != g.depth) {
        return make_float4(
            value(g, p, depth), value(g, p, depth + 1), value(g, p, depth + 2), value(g, p, depth + 3));
    }
    float4 out = make_float4(0, 0, 0, 0);
    if (depth >= g.depth) {
        return out;
    }
    int tap = depth / g.perTap;
    int channel = depth - tap * g.perTap;
    const float* row = source(g, p, tap);
    int left = g.channels - channel;
    if (row == nullptr || left <= 0) {
        return out;
    }
    row += channel;
    if (aligned && left >= 4) {
        return *reinterpret_cast<const float4*>(row);
    }
    out.x = row[0];
    out.y = left > 1 ? row[1] : 0.0f;
    out.z = left > 2 ? row[2] : 0.0f;
    out.w = left > 3 ? row[3] : 0.0f;
    return out;
}

__device__ __forceinline__ float rest_of_tf32(float value, unsigned rounded) {
    return value - __uint_as_float(rounded);
}

/// Two floats as the sum of two words of bfloat16.
__device__ __forceinline__ void split(float low, float high, unsigned& first, unsigned& second) {
    first = pack_bf16(low, high);
    second = pack_bf16(low - __uint_as_float(first << 16), high - __uint_as_float(first & 0xffff0000u));
}

__device__ __forceinline__ uint2 words(const unsigned* panel, int group, int groups, int output) {
    return group < groups ? *reinterpret_cast<const uint2*>(panel + (size_t) group * PANEL + output)
                          : make_uint2(0, 0);
}

/// F32 weights and TF32 products: three of them, or one.
template <int ROWS, bool EXACT>
struct Floats {
    static constexpr int GROUP = 1;
    static constexpr int DEPTHS = 8; // of a step
    static constexpr int TILE_WORDS = ROWS * FLOAT_PITCH;

    struct Words {
        uint2 at[2];
    };

    static __device__ __forceinline__ Words load(const unsigned* panel, int depth, int groups, int g, int t) {
        return {{words(panel, depth + 2 * t, groups, 2 * g), words(panel, depth + 2 * t + 1, groups, 2 * g)}};
    }

    static __device__ __forceinline__ void stage(unsigned* tile, int row, int column, float4 v) {
        *reinterpret_cast<float4*>(tile + row * FLOAT_PITCH + column) = v;
    }

    template <int TILES>
    static __device__ __forceinline__ void multiply(
            const unsigned* tile, const Words& w, int column, int g, int t, float (&sums)[TILES][4]) {
        float a[4] = {__uint_as_float(w.at[0].x), __uint_as_float(w.at[0].y), __uint_as_float(w.at[1].x),
                      __uint_as_float(w.at[1].y)};
        unsigned high[4];
        unsigned low[4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            high[i] = to_tf32(a[i]);
            low[i] = EXACT ? to_tf32(rest_of_tf32(a[i], high[i])) : 0;
        }
#pragma unroll
        for (int n = 0; n < TILES; n++) {
            float2 x = *reinterpret_cast<const float2*>(tile + (8 * n + g) * FLOAT_PITCH + column + 2 * t);
            unsigned big[2] = {to_tf32(x.x), to_tf32(x.y)};
            if (EXACT) {
                unsigned small[2] = {to_tf32(rest_of_tf32(x.x, big[0])), to_tf32(rest_of_tf32(x.y, big[1]))};
                mma_tf32(sums[n], low, big);
                mma_tf32(sums[n], high, small);
            }
            mma_tf32(sums[n], high, big);
        }
    }
};

/// What BF16 and INT8 weights share: activations as two bfloat16s in two tiles, one behind the other.
template <int ROWS>
struct Halves {
    static constexpr int DEPTHS = 16;
    static constexpr int ROW_WORDS = HALF_PITCH / 2;
    static constexpr int REST = ROWS * ROW_WORDS;
    static constexpr int TILE_WORDS = 2 * REST;

    static __device__ __forceinline__ void stage(unsigned* tile, int row, int column, float4 v) {
        uint2 first;
        uint2 second;
        split(v.x, v.y, first.x, second.x);
        split(v.z, v.w, first.y, second.y);
        unsigned* at = tile + row * ROW_WORDS + column / 2;
        *reinterpret_cast<uint2*>(at) = first;
        *reinterpret_cast<uint2*>(at + REST) = second;
    }

    static __device__ __forceinline__ void load(const unsigned* tile, int row, int column, unsigned (&x)[2]) {
        uint2 pair = *reinterpret_cast<const uint2*>(tile + row * ROW_WORDS + column / 2);
        x[0] = pair.x;
        x[1] = pair.y;
    }

    /// Small terms first. Of weights that are exact there is no rest.
    template <int TILES, bool EXACT>
    static __device__ __forceinline__ void products(
            const unsigned* tile, const unsigned (&a)[4], const unsigned (&rest)[4], int column, int g,
            float (&sums)[TILES][4]) {
#pragma unroll
        for (int n = 0; n < TILES; n++) {
            unsigned x[2];
            load(tile + REST, 8 * n + g, column, x);
            mma_bf16(sums[n], a, x);
            load(tile, 8 * n + g, column, x);
            if (!EXACT) {
                mma_bf16(sums[n], rest, x);
            }
            mma_bf16(sums[n], a, x);
        }
    }
};

template <int ROWS>
struct Bf16s : Halves<ROWS> {
    static constexpr int GROUP = 2;
    using Base = Halves<ROWS>;

    struct Words {
        uint2 at[2];
    };

    static __device__ __forceinline__ Words load(const unsigned* panel, int depth, int groups, int g, int t) {
        int pair = depth / 2 + 2 * t;
        return {{words(panel, pair, groups, 2 * g), words(panel, pair + 1, groups, 2 * g)}};
    }

    template <int TILES>
    static __device__ __forceinline__ void multiply(
            const unsigned* tile, const Words& w, int column, int g, int t, float (&sums)[TILES][4]) {
        unsigned a[4] = {w.at[0].x, w.at[0].y, w.at[1].x, w.at[1].y};
        Base::template products<TILES, true>(tile, a, a, column + 4 * t, g, sums);
    }
};

template <int ROWS>
struct Bytes : Halves<ROWS> {
    static constexpr int GROUP = 4;
    using Base = Halves<ROWS>;

    struct Words {
        uint2 at;
    };

    static __device__ __forceinline__ Words load(const unsigned* panel, int depth, int groups, int g, int t) {
        return {words(panel, depth / 4 + t, groups, 2 * g)};
    }

    /// A byte and, below it, its fraction; see Panels.java.
    static __device__ __forceinline__ float widened(unsigned word, int byte) {
        return __int2float_rn((int) (word << (24 - 8 * byte)));
    }

    template <int TILES>
    static __device__ __forceinline__ void multiply(
            const unsigned* tile, const Words& w, int column, int g, int t, float (&sums)[TILES][4]) {
        unsigned a[4];
        unsigned rest[4];
        split(widened(w.at.x, 0), widened(w.at.x, 1), a[0], rest[0]);
        split(widened(w.at.y, 0), widened(w.at.y, 1), a[1], rest[1]);
        split(widened(w.at.x, 2), widened(w.at.x, 3), a[2], rest[2]);
        split(widened(w.at.y, 2), widened(w.at.y, 3), a[3], rest[3]);
        Base::template products<TILES, false>(tile, a, rest, column + 4 * t, g, sums);
    }
};

/// Called and not written out for every sum: most layers have no activation.
__device__ __noinline__ float activated(int activation, float x) {
    return activate(activation, x);
}

/// What becomes of a finished sum.
struct Finish {
    float* out;
    int stride;
    int outputs;
    int rows;
    const float* scales;
    const float* bias;
    const float* residual;
    int residualStride;
    int activation;

    __device__ __forceinline__ void operator()(int row, int output, float sum) const {
        if (row >= rows || output >= outputs) {
            return;
        }
        float y = scales == nullptr ? sum : sum * scales[output];
        y += bias == nullptr ? 0.0f : bias[output];
        y += residual == nullptr ? 0.0f : residual[(size_t) row * residualStride + output];
        out[(size_t) row * stride + output] = activation == 0 ? y : activated(activation, y);
    }
};

/// Leaves a block's sums for the last block of its tile; true for that one, which then holds the total.
template <int TILES>
__device__ __forceinline__ bool gathered(float (&sums)[TILES][4], float* partials, int* tickets) {
    __shared__ int ticket;
    int splits = gridDim.y;
    size_t tile = (size_t) blockIdx.z * gridDim.x + blockIdx.x;
    constexpr int FLOATS = TILES * 4 * THREADS; // of a block
    float* mine = partials + (tile * splits + blockIdx.y) * FLOATS + threadIdx.x;
#pragma unroll
    for (int i = 0; i < TILES * 4; i++) {
        mine[i * THREADS] = sums[i / 4][i % 4];
    }
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        ticket = atomicAdd(tickets + tile, 1);
    }
    __syncthreads();
    if (ticket != splits - 1) {
        return false;
    }
    __threadfence();
    const float* first = partials + tile * splits * FLOATS + threadIdx.x;
#pragma unroll
    for (int i = 0; i < TILES * 4; i++) {
        sums[i / 4][i % 4] = 0.0f;
    }
    for (int split = 0; split < splits; split++) {
#pragma unroll
        for (int i = 0; i < TILES * 4; i++) {
            sums[i / 4][i % 4] += read_shared_by_blocks(first + (size_t) split * FLOATS + i * THREADS);
        }
    }
    if (threadIdx.x == 0) {
        tickets[tile] = 0; // for the next launch
    }
    return true;
}

template <int TILES, class Weights>
__device__ __forceinline__ void product(
        const Gather& gather, const unsigned* weights, int firstGroup, int groups, int depthPerSplit, float* partials,
        int* tickets, const Finish& finish) {
    constexpr int ROWS = 8 * TILES;
    constexpr int STEPS = CHUNK / Weights::DEPTHS;
    __shared__ alignas(16) unsigned tile[Weights::TILE_WORDS];
    __shared__ Place places[ROWS];

    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    int g = lane / 4;
    int t = lane % 4;
    int firstRow = blockIdx.z * ROWS;
    int firstOutput = blockIdx.x * COLUMNS + warp * PANEL;
    // A warp without a panel multiplies zeros: it is needed at the barriers.
    int ownGroups = firstOutput < finish.outputs ? groups : 0;
    const unsigned* panel = weights + (size_t) (firstOutput / PANEL) * groups * PANEL;
    bool aligned = gather.stride % 4 == 0 && (size_t) gather.x % 16 == 0;

    if (threadIdx.x < ROWS) {
        places[threadIdx.x] = place(gather, firstRow + threadIdx.x);
    }
    float sums[TILES][4] = {};
    int begin = blockIdx.y * depthPerSplit;
    int end = min(gather.depth, begin + depthPerSplit);
    for (int chunk = begin; chunk < end; chunk += CHUNK) {
        typename Weights::Words w[STEPS]; // on their way while the rows are staged
#pragma unroll
        for (int step = 0; step < STEPS; step++) {
            int depth = firstGroup * Weights::GROUP + chunk + step * Weights::DEPTHS;
            w[step] = Weights::load(panel, depth, ownGroups, g, t);
        }
        __syncthreads();
#pragma unroll 1
        for (int q = threadIdx.x; q < ROWS * QUADS; q += THREADS) {
            int row = q / QUADS;
            int column = q % QUADS * 4;
            Weights::stage(tile, row, column, quad(gather, places[row], chunk + column, aligned));
        }
        __syncthreads();
#pragma unroll
        for (int step = 0; step < STEPS; step++) {
            Weights::template multiply<TILES>(tile, w[step], step * Weights::DEPTHS, g, t, sums);
        }
    }
    if (gridDim.y > 1 && !gathered<TILES>(sums, partials, tickets)) {
        return;
    }
#pragma unroll
    for (int n = 0; n < TILES; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            finish(firstRow + 8 * n + 2 * t + i % 2, firstOutput + 2 * g + i / 2, sums[n][i]);
        }
    }
}

} // namespace sinew_product

using namespace sinew_product;

// block 128, grid (ceil(outputs / 64), splits, ceil(rows / (8 * TILES)))
// partials: tiles * splits * 512 * TILES floats, tickets: tiles zeros, where tiles = grid.x * grid.z; unused with one
// split. depthPerSplit is a multiple of 64. groups: words of an output in a panel; firstGroup: where the depth begins.
#define SINEW_PRODUCT(NAME, TILES, WEIGHTS)                                                                           \
    extern "C" __global__ void __launch_bounds__(THREADS) NAME(                                                       \
            const float* x, int xs, const unsigned* weights, const float* scales, const float* bias, float* out,      \
            int os, const float* residual, int rs, int activation, int rows, int outputs, int channels, int perTap,   \
            int depth, int mode, int heightIn, int widthIn, int heightOut, int widthOut, int kernelWidth, int step,   \
            int padY, int padX, int firstGroup, int groups, int depthPerSplit, float* partials, int* tickets) {       \
        Gather gather = {x, xs, rows, channels, perTap, depth, mode, heightIn, widthIn, heightOut, widthOut,          \
                         kernelWidth, step, padY, padX};                                                              \
        Finish finish = {out, os, outputs, rows, scales, bias, residual, rs, activation};                             \
        product<TILES, WEIGHTS>(gather, weights, firstGroup, groups, depthPerSplit, partials, tickets, finish);       \
    }                                                                                                                 \
    SINEW_KERNEL(NAME)

using Exact8 = Floats<8, true>;
using Exact16 = Floats<16, true>;
using Exact32 = Floats<32, true>;
using Exact64 = Floats<64, true>;
using Quick8 = Floats<8, false>;
using Quick16 = Floats<16, false>;
using Quick32 = Floats<32, false>;
using Quick64 = Floats<64, false>;

SINEW_PRODUCT(product_f32_8, 1, Exact8);
SINEW_PRODUCT(product_f32_16, 2, Exact16);
SINEW_PRODUCT(product_f32_32, 4, Exact32);
SINEW_PRODUCT(product_f32_64, 8, Exact64);
SINEW_PRODUCT(product_tf32_8, 1, Quick8);
SINEW_PRODUCT(product_tf32_16, 2, Quick16);
SINEW_PRODUCT(product_tf32_32, 4, Quick32);
SINEW_PRODUCT(product_tf32_64, 8, Quick64);
SINEW_PRODUCT(product_bf16_8, 1, Bf16s<8>);
SINEW_PRODUCT(product_bf16_16, 2, Bf16s<16>);
SINEW_PRODUCT(product_bf16_32, 4, Bf16s<32>);
SINEW_PRODUCT(product_bf16_64, 8, Bf16s<64>);
SINEW_PRODUCT(product_int8_8, 1, Bytes<8>);
SINEW_PRODUCT(product_int8_16, 2, Bytes<16>);
SINEW_PRODUCT(product_int8_32, 4, Bytes<32>);
SINEW_PRODUCT(product_int8_64, 8, Bytes<64>);
