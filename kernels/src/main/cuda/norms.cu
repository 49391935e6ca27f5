// Normalisation over the channels of a row, and over the positions and channels of a group: the mean first, then the
// squared deviations from it. A block keeps its values in registers from the first read to the last.
#include "primitives.cuh"
#include "maths.cuh"
#include "quads.cuh"

namespace {

/// What a block normalises: some rows of some channels, in quads, of which thread t takes t, t + blockDim.x, ...
struct Patch {
    const float* x;
    int stride;
    int rows;
    int columns;
    bool aligned; // all that is read or written with it

    __device__ __forceinline__ Quad load(int row, int column) const {
        return load_quad(row_of(x, row, stride), column, columns, aligned);
    }

    __device__ __forceinline__ float count() const {
        return static_cast<float>(rows) * static_cast<float>(columns);
    }
};

/// The way of one thread through the quads of a patch.
struct Walk {
    int row;
    int column;

    __device__ __forceinline__ explicit Walk(const Patch& patch)
        : row(threadIdx.x / quads_of(patch.columns)),
          column(threadIdx.x % quads_of(patch.columns) * 4),
          rows(blockDim.x / quads_of(patch.columns)),
          columns(blockDim.x % quads_of(patch.columns) * 4),
          width(quads_of(patch.columns) * 4) {}

    __device__ __forceinline__ void next() {
        row += rows;
        column += columns;
        if (column >= width) {
            column -= width;
            row++;
        }
    }

private:
    int rows; // a step
    int columns;
    int width;
};

/// Reads the quads that a thread keeps, without waiting for one before the next is asked for.
template <int KEPT>
__device__ __forceinline__ void keep(const Patch& patch, Quad (&kept)[KEPT]) {
    Walk walk(patch);
#pragma unroll
    for (int i = 0; i < KEPT; i++) {
        if (walk.row < patch.rows) {
            kept[i] = patch.load(walk.row, walk.column);
        }
        walk.next();
    }
}

/// Calls `visit(row, column, quad)` with every quad of a thread. Those that it could not keep are read again. The code
/// of the visit is there once for each quad kept, so it should be short.
template <int KEPT, typename Visit>
__device__ __forceinline__ void each_quad(const Patch& patch, const Quad (&kept)[KEPT], Visit visit) {
    Walk walk(patch);
#pragma unroll
    for (int i = 0; i < KEPT; i++) {
        if (walk.row < patch.rows) {
            visit(walk.row, walk.column, kept[i]);
        }
        walk.next();
    }
    for (; walk.row < patch.rows; walk.next()) {
        visit(walk.row, walk.column, patch.load(walk.row, walk.column));
    }
}

/// As each_quad, but with the code of the visit there only once, and for the last time: forgets the quads.
template <int KEPT, typename Visit>
__device__ __forceinline__ void last_of_each_quad(const Patch& patch, Quad (&kept)[KEPT], Visit visit) {
    Walk walk(patch);
#pragma unroll 1
    for (int i = 0; walk.row < patch.rows; i++) {
        visit(walk.row, walk.column, i < KEPT ? kept[0] : patch.load(walk.row, walk.column));
#pragma unroll
        for (int next = 1; next < KEPT; next++) {
            kept[next - 1] = kept[next]; // registers have no index
        }
        walk.next();
    }
}

struct Moments {
    float mean;
    float squares; // sum of the squared deviations from it
};

/// `partials` is shared memory of 64 floats.
template <int KEPT>
__device__ __forceinline__ Moments moments_of(const Patch& patch, const Quad (&kept)[KEPT], float* partials) {
    float sum = 0.0f;
    each_quad(patch, kept, [&](int, int, const Quad& quad) {
        sum += (quad.v[0] + quad.v[1]) + (quad.v[2] + quad.v[3]); // past the end of a row there are zeros
    });
    const float count = fmaxf(patch.count(), 1.0f);
    const float mean = block_sum(sum, partials) / count;
    float sums[2] = {}; // of the deviations, which is what the rounding of the mean left, and of their squares
    each_quad(patch, kept, [&](int, int column, const Quad& quad) {
#pragma unroll
        for (int k = 0; k < 4; k++) {
            const float deviation = column + k < patch.columns ? quad.v[k] - mean : 0.0f;
            sums[0] += deviation;
            sums[1] = __fmaf_rn(deviation, deviation, sums[1]);
        }
    });
    block_fold<Sum>(sums, partials);
    return {mean + sums[0] / count, sums[1]};
}

__device__ __forceinline__ float inverse_deviation(float squares, float count, float epsilon) {
    return 1.0f / sqrtf(squares / count + epsilon);
}

__device__ __forceinline__ const float* shifted(const float* pointer, long long by) {
    return pointer == nullptr ? nullptr : pointer + by;
}

/// `other` where there is no vector.
__device__ __forceinline__ Quad load_or(const float* vector, int column, int columns, bool aligned, float other) {
    return vector == nullptr ? Quad{{other, other, other, other}} : load_quad(vector, column, columns, aligned);
}

/// What becomes of the values of a group once its moments are known. Pointers begin where the patch begins.
struct Ending {
    float* out;
    int os;
    const float* gamma;
    const float* beta;
    const float* filmScale; // or null
    const float* filmShift; // or null
    const float* residual; // or null
    int rs;
    int activation; // of norm + residual, where it is not
    bool mishForm; // mish(norm), film, then the residual

    __device__ __forceinline__ bool aligned() const {
        return in_quads(out, os) && in_quads(gamma, 0) && in_quads(beta, 0) && in_quads(filmScale, 0)
            && in_quads(filmShift, 0) && in_quads(residual, rs);
    }

    template <int KEPT>
    __device__ __forceinline__ void run(const Patch& patch, Quad (&kept)[KEPT], float mean, float inverse) const {
        last_of_each_quad(patch, kept, [&](int row, int column, const Quad& quad) {
            const bool aligned = patch.aligned;
            const Quad factor = load_quad(gamma, column, patch.columns, aligned);
            const Quad offset = load_quad(beta, column, patch.columns, aligned);
            const Quad scale = load_or(filmScale, column, patch.columns, aligned, 1.0f);
            const Quad shift = load_or(filmShift, column, patch.columns, aligned, 0.0f);
            const float* residuals = residual == nullptr ? nullptr : row_of(residual, row, rs);
            const Quad addend = load_or(residuals, column, patch.columns, aligned, 0.0f);
            Quad result;
#pragma unroll
            for (int k = 0; k < 4; k++) {
                const float norm = __fmaf_rn(quad.v[k] - mean, factor.v[k] * inverse, offset.v[k]);
                result.v[k] = mishForm ? __fmaf_rn(mish(norm), scale.v[k], shift.v[k]) + addend.v[k]
                                        : activate(activation, norm + addend.v[k]);
            }
            store_quad(row_of(out, row, os), column, patch.columns, aligned, result);
        });
    }
};

/// A group of one sample: the positions `from` to `to` of it.
struct Group {
    int sample;
    int channel; // the first
    int channels;
    int from;
    int to;
    long long row;

    __device__ __forceinline__ Group(int groups, int allChannels, int positions, int chunk, int chunks)
        : sample(blockIdx.y),
          channel(blockIdx.x * (allChannels / groups)),
          channels(allChannels / groups),
          from(static_cast<int>(static_cast<long long>(positions) * chunk / chunks)),
          to(static_cast<int>(static_cast<long long>(positions) * (chunk + 1) / chunks)),
          row(static_cast<long long>(sample) * positions + from) {}

    /// Its values in a matrix.
    template <typename T>
    __device__ __forceinline__ T* in(T* matrix, int stride) const {
        return matrix + row * stride + channel;
    }

    __device__ __forceinline__ Patch patch(const float* x, int xs) const {
        return {in(x, xs), xs, to - from, channels, in_quads(in(x, xs), xs) && channels % 4 == 0};
    }

    __device__ __forceinline__ Ending ending(
        float* out, int os, const float* gamma, const float* beta, const float* residual, int rs) const {
        return {in(out, os), os, gamma + channel, beta + channel, nullptr, nullptr,
            shifted(residual, row * rs + channel), rs, ACTIVATION_NONE, false};
    }
};

/// Adds to an ending what the UNet form has: film holds scales and then shifts, or shifts alone.
__device__ __forceinline__ Ending with_film(
    Ending ending, const Group& group, const float* film, int fs, int hasScale, int channels) {
    const float* row = shifted(film, static_cast<long long>(group.sample) * fs + group.channel);
    ending.filmScale = hasScale ? row : nullptr;
    ending.filmShift = shifted(row, hasScale ? channels : 0);
    ending.mishForm = true;
    return ending;
}

// Threads of a block, and the quads that each keeps.
constexpr int ROW_BLOCK = 128;
constexpr int ROW_KEPT = 4; // 2048 channels together
constexpr int GROUP_BLOCK = 512;
constexpr int GROUP_KEPT = 8; // 16384 values
constexpr int CHUNK_BLOCK = 256;
constexpr int CHUNK_KEPT = 8; // 8192 values

/// A group that one block reads and writes.
__device__ __forceinline__ void normalise(
    const Group& group, const float* x, int xs, const Ending& ending, float epsilon, float* partials) {
    Patch patch = group.patch(x, xs);
    patch.aligned = patch.aligned && ending.aligned();
    Quad kept[GROUP_KEPT];
    keep(patch, kept);
    const Moments moments = moments_of(patch, kept, partials);
    ending.run(patch, kept, moments.mean, inverse_deviation(moments.squares, patch.count(), epsilon));
}

/// What a chunk's moments consist of: count, mean, squares.
constexpr int MOMENT_FLOATS = 3;

/// The moments of all chunks of a group together (Chan, Golub and LeVeque 1979, for several sets at once): their mean,
/// then the squares within the chunks and of the chunks' means around it.
__device__ __forceinline__ Moments together(const float* moments, int chunks, float count, float* partials) {
    float sum = 0.0f;
    for (int i = threadIdx.x; i < chunks; i += blockDim.x) {
        const float* chunk = moments + i * MOMENT_FLOATS;
        sum = __fmaf_rn(chunk[0], chunk[1], sum);
    }
    const float mean = block_sum(sum, partials) / count;
    float sums[2] = {};
    for (int i = threadIdx.x; i < chunks; i += blockDim.x) {
        const float* chunk = moments + i * MOMENT_FLOATS;
        const float deviation = chunk[1] - mean;
        const float deviations = chunk[0] * deviation;
        sums[0] += deviations;
        sums[1] += __fmaf_rn(deviations, deviation, chunk[2]);
    }
    block_fold<Sum>(sums, partials);
    return {mean + sums[0] / count, sums[1]};
}

__device__ __forceinline__ long long moments_at(int groups, int chunks) {
    return (static_cast<long long>(blockIdx.y) * groups + blockIdx.x) * chunks * MOMENT_FLOATS;
}

} // namespace

/// out[r] = norm(x[r]) * gamma + beta over the channels of a row; gamma and beta may be null. In place is allowed.
// block 128, grid (rows)
extern "C" __global__ void __launch_bounds__(ROW_BLOCK) layer_norm(
    const float* x, int xs, float* out, int os, const float* gamma, const float* beta, float epsilon, int rows,
    int channels) {
    __shared__ float partials[2 * WARP];
    const int row = blockIdx.x;
    const bool aligned = in_quads(x, xs) && in_quads(out, os) && in_quads(gamma, 0) && in_quads(beta, 0);
    const Patch patch = {row_of(x, row, xs), xs, row < rows ? 1 : 0, channels, aligned};
    Quad kept[ROW_KEPT];
    keep(patch, kept);
    const Moments moments = moments_of(patch, kept, partials);
    const float inverse = inverse_deviation(moments.squares, static_cast<float>(channels), epsilon);
    last_of_each_quad(patch, kept, [&](int, int column, const Quad& quad) {
        const Quad factor = load_or(gamma, column, channels, aligned, 1.0f);
        const Quad offset = load_or(beta, column, channels, aligned, 0.0f);
        Quad result;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            result.v[k] = __fmaf_rn(quad.v[k] - moments.mean, factor.v[k] * inverse, offset.v[k]);
        }
        store_quad(row_of(out, row, os), column, channels, aligned, result);
    });
}
SINEW_KERNEL(layer_norm);

/// UNet form: out = mish(norm(x)) * scale + shift + residual. film: a row for each sample of [scales, shifts], or of
/// shifts alone without `filmScale`, or null; residual may be null. In place is allowed.
// block 512, grid (groups, batch)
extern "C" __global__ void __launch_bounds__(GROUP_BLOCK) group_norm_mish(
    const float* x, int xs, float* out, int os, const float* gamma, const float* beta, float epsilon, int groups,
    int channels, int positions, const float* film, int fs, int filmScale, const float* residual, int rs) {
    __shared__ float partials[2 * WARP];
    const Group group(groups, channels, positions, 0, 1);
    const Ending ending = group.ending(out, os, gamma, beta, residual, rs);
    normalise(group, x, xs, with_film(ending, group, film, fs, filmScale, channels), epsilon, partials);
}
SINEW_KERNEL(group_norm_mish);

/// ResNet form: out = act(norm(x) + residual); residual may be null. In place is allowed.
// block 512, grid (groups, batch)
extern "C" __global__ void __launch_bounds__(GROUP_BLOCK) group_norm_add(
    const float* x, int xs, float* out, int os, const float* gamma, const float* beta, float epsilon, int groups,
    int channels, int positions, const float* residual, int rs, int activation) {
    __shared__ float partials[2 * WARP];
    const Group group(groups, channels, positions, 0, 1);
    Ending ending = group.ending(out, os, gamma, beta, residual, rs);
    ending.activation = activation;
    normalise(group, x, xs, ending, epsilon, partials);
}
SINEW_KERNEL(group_norm_add);

/// The first of two launches for groups too large for one block: the moments of each chunk of positions of each group,
/// as [batch, groups, chunks, 3]: count, mean, sum of squared deviations. A chunk may be empty.
// block 256, grid (groups, batch, chunks); a block keeps 8192 values, so chunks = ceil(positions * channels / groups
// / 8192) suits
extern "C" __global__ void __launch_bounds__(CHUNK_BLOCK) group_moments(
    const float* x, int xs, float* moments, int groups, int channels, int positions, int chunks) {
    __shared__ float partials[2 * WARP];
    const Group group(groups, channels, positions, blockIdx.z, chunks);
    const Patch patch = group.patch(x, xs);
    Quad kept[CHUNK_KEPT];
    keep(patch, kept);
    const Moments found = moments_of(patch, kept, partials);
    if (threadIdx.x == 0) {
        float* to = moments + moments_at(groups, chunks) + blockIdx.z * MOMENT_FLOATS;
        to[0] = patch.count();
        to[1] = found.mean;
        to[2] = found.squares;
    }
}
SINEW_KERNEL(group_moments);

/// The second launch: normalises a chunk of positions by the moments of all. As group_norm_mish with `mishForm`, as
/// group_norm_add without. In place is allowed.
// block 256, grid (groups, batch, chunks), chunks as for group_moments
extern "C" __global__ void __launch_bounds__(CHUNK_BLOCK) group_norm_apply(
    const float* x, int xs, float* out, int os, const float* moments, int chunks, const float* gamma,
    const float* beta, float epsilon, int groups, int channels, int positions, const float* film, int fs,
    int filmScale, const float* residual, int rs, int activation, int mishForm) {
    __shared__ float partials[2 * WARP];
    const Group group(groups, channels, positions, blockIdx.z, chunks);
    Ending ending = group.ending(out, os, gamma, beta, residual, rs);
    ending.activation = activation;
    if (mishForm) {
        ending = with_film(ending, group, film, fs, filmScale, channels);
    }
    Patch patch = group.patch(x, xs);
    patch.aligned = patch.aligned && ending.aligned();
    Quad kept[CHUNK_KEPT];
    keep(patch, kept);
    const float count = static_cast<float>(positions) * static_cast<float>(group.channels);
    const Moments all = together(moments + moments_at(groups, chunks), chunks, count, partials);
    ending.run(patch, kept, all.mean, inverse_deviation(all.squares, count, epsilon));
}
SINEW_KERNEL(group_norm_apply);
