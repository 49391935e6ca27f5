// Scaled dot-product attention of several heads with the softmax taken tile by tile of the keys (Milakov and
// Gimelshein 2018; Dao et al. 2022), so that any number of keys fits.
#include "primitives.cuh"
#include "maths.cuh"
#include "quads.cuh"

namespace {

constexpr int ATTENTION_BLOCK = 128;
constexpr int ATTENTION_SHARE = 3; // blocks of a multiprocessor, so that none has to put registers aside
constexpr int ATTENTION_WARPS = ATTENTION_BLOCK / WARP;
constexpr int WARP_QUERIES = 4; // of a warp
constexpr int TILE_QUERIES = ATTENTION_WARPS * WARP_QUERIES;
constexpr int TILE_KEYS = WARP; // a lane has the score of one key
constexpr int LARGEST_HEAD = 256;
constexpr int CHUNK = 64; // channels of keys and values that are in shared memory at a time
constexpr int CHUNK_QUADS = CHUNK / 4;
constexpr int CHUNKS = LARGEST_HEAD / CHUNK;
constexpr int LANE_CHANNELS = CHUNK / WARP; // of a lane in each chunk: lane, lane + 32
constexpr int QUERY_STRIDE = LARGEST_HEAD / 4; // of rows in shared memory, in quads
constexpr int KEY_STRIDE = CHUNK_QUADS + 1; // eight lanes read eight keys at a time: keeps them in different banks

/// One operand's rows of one head and sample.
struct Head {
    const float* rows;
    int stride;
    int count;
    int size; // channels
    bool aligned;

    __device__ __forceinline__ Head(const float* matrix, int stride, int sample, int head, int count, int size)
        : rows(matrix + static_cast<long long>(sample) * count * stride + head * size),
          stride(stride),
          count(count),
          size(size),
          aligned(in_quads(rows, stride)) {}

    /// Four channels of a row; 0 past the last row and the last channel.
    __device__ __forceinline__ float4 at(int row, int channel) const {
        if (row >= count) {
            return make_float4(0.0f, 0.0f, 0.0f, 0.0f);
        }
        const Quad quad = load_quad(row_of(rows, row, stride), channel, size, aligned);
        return make_float4(quad.v[0], quad.v[1], quad.v[2], quad.v[3]);
    }
};

/// A thread's part of TILE_KEYS rows of a chunk: they are all asked for before the first is waited for.
struct Delivery {
    float4 quads[TILE_KEYS * CHUNK_QUADS / ATTENTION_BLOCK];

    /// The rows from `row` on, the channels from `channel` on.
    __device__ __forceinline__ Delivery(const Head& head, int row, int channel) {
#pragma unroll
        for (int i = 0; i < TILE_KEYS * CHUNK_QUADS / ATTENTION_BLOCK; i++) {
            quads[i] = head.at(row + place(i) / CHUNK_QUADS, channel + place(i) % CHUNK_QUADS * 4);
        }
    }

    __device__ __forceinline__ void put(float4* tile, int tileStride) const {
#pragma unroll
        for (int i = 0; i < TILE_KEYS * CHUNK_QUADS / ATTENTION_BLOCK; i++) {
            tile[place(i) / CHUNK_QUADS * tileStride + place(i) % CHUNK_QUADS] = quads[i];
        }
    }

private:
    static __device__ __forceinline__ int place(int i) {
        return i * ATTENTION_BLOCK + threadIdx.x;
    }
};

/// What a lane has of its warp's four queries.
struct Answers {
    float most[WARP_QUERIES]; // score so far, over all lanes
    float sum[WARP_QUERIES]; // of this lane's weights
    float means[WARP_QUERIES][CHUNKS * LANE_CHANNELS]; // of this lane's channels, not yet divided by that sum

    __device__ __forceinline__ Answers() : sum(), means() {
#pragma unroll
        for (int i = 0; i < WARP_QUERIES; i++) {
            most[i] = -INFINITY;
        }
    }
};

/// s += a . b, channel by channel.
__device__ __forceinline__ float dot(const float4& a, const float4& b, float s) {
    return __fmaf_rn(a.w, b.w, __fmaf_rn(a.z, b.z, __fmaf_rn(a.y, b.y, __fmaf_rn(a.x, b.x, s))));
}

/// Adds to the scores of the lane's key what a chunk of channels makes of them; `queries` begins at the warp's first
/// query and at the chunk.
__device__ __forceinline__ void add_scores(
    float (&scores)[WARP_QUERIES], const float4* queries, const float4* key, int quads) {
#pragma unroll 4
    for (int quad = 0; quad < quads; quad++) {
        const float4 four = key[quad];
#pragma unroll
        for (int i = 0; i < WARP_QUERIES; i++) {
            scores[i] = dot(queries[i * QUERY_STRIDE + quad], four, scores[i]);
        }
    }
}

/// Turns the scores of a tile's keys into weights, and fades what was added up with a smaller maximum.
__device__ __forceinline__ float4 weigh(Answers& answers, const float (&scores)[WARP_QUERIES]) {
    float weights[WARP_QUERIES];
#pragma unroll
    for (int i = 0; i < WARP_QUERIES; i++) {
        const float most = fmaxf(answers.most[i], warp_max(scores[i]));
        const float reference = most == -INFINITY ? 0.0f : most; // no key was seen yet: weights of 0, not of NaN
        const float fading = expf(answers.most[i] - reference);
        weights[i] = expf(scores[i] - reference);
        answers.most[i] = most;
        answers.sum[i] = __fmaf_rn(answers.sum[i], fading, weights[i]);
#pragma unroll
        for (int slot = 0; slot < CHUNKS * LANE_CHANNELS; slot++) {
            answers.means[i][slot] *= fading;
        }
    }
    return make_float4(weights[0], weights[1], weights[2], weights[3]);
}

/// Adds the weighted values of a tile's keys, in the channels of a chunk.
__device__ __forceinline__ void add_values(
    Answers& answers, int chunk, const float4* weights, const float4* tile, int keys) {
    const float* values = reinterpret_cast<const float*>(tile) + threadIdx.x % WARP;
#pragma unroll 4
    for (int key = 0; key < keys; key++) {
        const float4 weight = weights[key];
#pragma unroll
        for (int j = 0; j < LANE_CHANNELS; j++) {
            const int slot = chunk * LANE_CHANNELS + j;
            const float value = values[key * CHUNK + j * WARP];
            answers.means[0][slot] = __fmaf_rn(weight.x, value, answers.means[0][slot]);
            answers.means[1][slot] = __fmaf_rn(weight.y, value, answers.means[1][slot]);
            answers.means[2][slot] = __fmaf_rn(weight.z, value, answers.means[2][slot]);
            answers.means[3][slot] = __fmaf_rn(weight.w, value, answers.means[3][slot]);
        }
    }
}

/// Writes the means of one query.
__device__ __forceinline__ void store_means(
    const float (&means)[CHUNKS * LANE_CHANNELS], float sum, float* to, int headSize) {
#pragma unroll
    for (int slot = 0; slot < CHUNKS * LANE_CHANNELS; slot++) {
        const int channel = slot * WARP + threadIdx.x % WARP;
        if (channel < headSize) {
            to[channel] = means[slot] / sum;
        }
    }
}

} // namespace

/// Per head and query: the mean of the values, weighted by softmax over the keys of scale * (q . k) + mask. q, out:
/// [batch, queries, heads * headSize], k, v: [batch, keys, heads * headSize]; mask: [queries, keys] when `maskRows` is
/// `queries`, or [batch * queries, keys], or null. Every query must see a key.
///
/// A warp answers four queries: for the scores a lane has a key of the tile, for the means it has channels.
// block 128, grid (ceil(queries / 16), heads, batch), headSize at most 256
extern "C" __global__ void __launch_bounds__(ATTENTION_BLOCK, ATTENTION_SHARE) attention(
    const float* q, int qs, const float* k, int ks, const float* v, int vs, const float* mask, int ms, int maskRows,
    float* out, int os, int headSize, int queries, int keys, float scale) {
    __shared__ float4 queryTile[TILE_QUERIES * QUERY_STRIDE];
    __shared__ float4 keyTile[TILE_KEYS * KEY_STRIDE];
    __shared__ float4 valueTile[TILE_KEYS * CHUNK_QUADS];
    __shared__ float4 weights[ATTENTION_WARPS][TILE_KEYS]; // of the warp's four queries
    const int lane = threadIdx.x % WARP;
    const int warp = threadIdx.x / WARP;
    const int head = blockIdx.y;
    const int sample = blockIdx.z;
    const int firstQuery = blockIdx.x * TILE_QUERIES;
    const int ownQuery = firstQuery + warp * WARP_QUERIES;
    const int headQuads = quads_of(headSize);
    const Head queryHead(q, qs, sample, head, queries, headSize);
    const Head keyHead(k, ks, sample, head, keys, headSize);
    const Head valueHead(v, vs, sample, head, keys, headSize);

    for (int index = threadIdx.x; index < TILE_QUERIES * headQuads; index += ATTENTION_BLOCK) {
        const int query = index / headQuads;
        const int quad = index % headQuads;
        queryTile[query * QUERY_STRIDE + quad] = queryHead.at(firstQuery + query, 4 * quad);
    }
    const float4* ownQueries = queryTile + warp * WARP_QUERIES * QUERY_STRIDE;

    Answers answers;
    for (int firstKey = 0; firstKey < keys; firstKey += TILE_KEYS) {
        float scores[WARP_QUERIES] = {};
        for (int channel = 0; channel < headSize; channel += CHUNK) {
            const Delivery someKeys(keyHead, firstKey, channel);
            __syncthreads(); // the tile before has been used
            if (channel == 0) { // the first values come with the keys, so as to wait for both at once
                Delivery(valueHead, firstKey, 0).put(valueTile, CHUNK_QUADS);
            }
            someKeys.put(keyTile, KEY_STRIDE);
            __syncthreads();
            const int quad = channel / 4;
            add_scores(scores, ownQueries + quad, keyTile + lane * KEY_STRIDE, min(headQuads - quad, CHUNK_QUADS));
        }

        const int key = firstKey + lane;
#pragma unroll
        for (int i = 0; i < WARP_QUERIES; i++) {
            const int query = ownQuery + i;
            const int maskRow = maskRows == queries ? query : sample * queries + query;
            const bool masked = mask != nullptr && key < keys && query < queries;
            const float addend = masked ? row_of(mask, maskRow, ms)[key] : 0.0f;
            scores[i] = key < keys ? __fmaf_rn(scores[i], scale, addend) : -INFINITY;
        }
        const float4 ownWeights = weigh(answers, scores);
        __syncwarp(); // the weights before have been used
        weights[warp][lane] = ownWeights;
        __syncwarp();

        const int tileKeys = min(keys - firstKey, TILE_KEYS);
#pragma unroll
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            if (chunk * CHUNK >= headSize) {
                break;
            }
            if (chunk > 0) {
                const Delivery someValues(valueHead, firstKey, chunk * CHUNK);
                __syncthreads(); // the chunk before has been used
                someValues.put(valueTile, CHUNK_QUADS);
                __syncthreads();
            }
            add_values(answers, chunk, weights[warp], valueTile, tileKeys);
        }
    }

#pragma unroll
    for (int i = 0; i < WARP_QUERIES; i++) {
        const float sum = warp_sum(answers.sum[i]);
        const int query = ownQuery + i;
        if (query < queries) {
            float* row = row_of(out, sample * queries + query, os);
            store_means(answers.means[i], sum, row + head * headSize, headSize);
        }
    }
}
SINEW_KERNEL(attention);
