// Kernels that do right or wrong in ways the emulator has to tell apart, see self-test.cpp.
#include "primitives.cuh"

constexpr int BLOCK = 128;

template <int size>
__device__ __forceinline__ float sum_of_block(float value) {
    __shared__ float values[size];
    const int thread = threadIdx.x;
    values[thread] = value;
    for (int half = size / 2; half > 0; half /= 2) {
        __syncthreads();
        if (thread < half) values[thread] += values[thread + half];
    }
    __syncthreads();
    return values[0];
}

/// One sum for each block of numbers.
extern "C" __global__ void __launch_bounds__(BLOCK) block_sums(const float* x, float* sums) {
    size_t row = blockIdx.x;
    float sum = sum_of_block<BLOCK>(x[row * BLOCK + threadIdx.x]);
    if (threadIdx.x == 0) sums[row] = sum;
}
SINEW_KERNEL(block_sums);

/// Every argument and every index takes part.
extern "C" __global__ void places(int* out, int factor, const unsigned char* bytes, float half, const unsigned* word) {
    size_t block = blockIdx.x + size_t(gridDim.x) * (blockIdx.y + size_t(gridDim.y) * blockIdx.z);
    size_t at = block * blockDim.x + threadIdx.x;
    int rest = word ? static_cast<int>(*word) : -1;
    out[at] = static_cast<int>(at) * factor + bytes[0] + static_cast<int>(half * 2) + rest;
}
SINEW_KERNEL(places);

/// Reverses numbers in a block, by way of its memory.
extern "C" __global__ void reverse(const float* x, float* out, int barrier) {
    __shared__ alignas(16) float values[BLOCK];
    values[threadIdx.x] = x[threadIdx.x];
    if (barrier) __syncthreads();
    out[threadIdx.x] = values[BLOCK - 1 - threadIdx.x];
}
SINEW_KERNEL(reverse);

/// Reverses within each warp.
extern "C" __global__ void reverse_warps(const float* x, float* out, int barrier) {
    __shared__ float values[BLOCK];
    values[threadIdx.x] = x[threadIdx.x];
    if (barrier) __syncwarp();
    out[threadIdx.x] = values[threadIdx.x ^ 31];
}
SINEW_KERNEL(reverse_warps);

/// Threads in the order in which they come.
extern "C" __global__ void arrivals(int* out, int* count) {
    out[atomicAdd(count, 1)] = blockIdx.x * blockDim.x + threadIdx.x;
}
SINEW_KERNEL(arrivals);

/// What a block finds in its memory before it has written any.
extern "C" __global__ void stale(float* out) {
    __shared__ float values[BLOCK];
    size_t at = size_t(blockIdx.x) * BLOCK + threadIdx.x;
    out[at] = values[threadIdx.x];
    __syncthreads();
    values[threadIdx.x] = 1;
}
SINEW_KERNEL(stale);

/// Seven ways to shuffle, 32 results each.
extern "C" __global__ void shuffles(int* out) {
    const unsigned all = 0xffffffffu;
    int lane = threadIdx.x;
    out[lane] = __shfl_xor_sync(all, lane, 5);
    out[32 + lane] = __shfl_down_sync(all, lane, 3);
    out[64 + lane] = __shfl_sync(all, lane, 7);
    out[96 + lane] = __shfl_sync(all, lane, lane + 33);
    out[128 + lane] = __shfl_down_sync(all, lane, 3, 8);
    out[160 + lane] = __shfl_sync(all, lane, 2, 4);
    out[192 + lane] = __float_as_int(__shfl_xor_sync(all, __int_as_float(lane), 16));
}
SINEW_KERNEL(shuffles);

/// c [16, 8] += a [16, 16] b [16, 8] for each warp.
extern "C" __global__ void product_bf16(const float* a, const float* b, float* c) {
    int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
    c += threadIdx.x / 32 * 128;
    unsigned as[4], bs[2];
    float sums[4];
    for (int i = 0; i < 4; i++) {
        const float* pair = a + (g + i % 2 * 8) * 16 + 2 * t + i / 2 * 8;
        as[i] = pack_bf16(pair[0], pair[1]);
        sums[i] = c[(g + i / 2 * 8) * 8 + 2 * t + i % 2];
    }
    for (int i = 0; i < 2; i++) bs[i] = pack_bf16(b[(2 * t + i * 8) * 8 + g], b[(2 * t + i * 8 + 1) * 8 + g]);
    mma_bf16(sums, as, bs);
    for (int i = 0; i < 4; i++) c[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sums[i];
}
SINEW_KERNEL(product_bf16);

/// c [16, 8] += a [16, 8] b [8, 8] for each warp; the bits that TF32 lacks are set on purpose.
extern "C" __global__ void product_tf32(const float* a, const float* b, float* c) {
    int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
    c += threadIdx.x / 32 * 128;
    unsigned as[4], bs[2];
    float sums[4];
    for (int i = 0; i < 4; i++) {
        as[i] = to_tf32(a[(g + i % 2 * 8) * 8 + t + i / 2 * 4]) | 0x1fff;
        sums[i] = c[(g + i / 2 * 8) * 8 + 2 * t + i % 2];
    }
    for (int i = 0; i < 2; i++) bs[i] = to_tf32(b[(t + i * 4) * 8 + g]) | 0x1fff;
    mma_tf32(sums, as, bs);
    for (int i = 0; i < 4; i++) c[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sums[i];
}
SINEW_KERNEL(product_tf32);

/// Words by pack_bf16 and to_tf32, and what min and max make of a sign.
extern "C" __global__ void rounded(const float* x, unsigned* out) {
    int at = threadIdx.x;
    out[2 * at] = pack_bf16(x[at], 1);
    out[2 * at + 1] = to_tf32(x[at]);
    if (at == 0) atomicAdd(reinterpret_cast<int*>(out + 64), min(3, -2) + max(4, 7));
}
SINEW_KERNEL(rounded);

/// One of the ways to leave other threads waiting, by number.
extern "C" __global__ void diverge(float* out, int way) {
    const unsigned all = 0xffffffffu;
    int thread = threadIdx.x;
    float value = thread;
    if (way == 0 && thread >= 96) return;
    if (way == 1) {
        if (thread < 64) __syncthreads();
        else out[1] = 1;
    }
    if (way == 2) {
        if (thread < 64) __syncthreads();
        else
            __syncthreads();
    }
    if (way == 3 && thread % 2) value = __shfl_xor_sync(all, value, 1);
    if (way == 4) value = __shfl_xor_sync(0x0000ffffu, value, 1);
    if (way == 5) {
        if (thread < 16) value = __shfl_xor_sync(all, value, 1);
        else __syncwarp();
    }
    __syncthreads();
    if (way == 6 && thread == 17) return;
    __syncwarp();
    out[0] = value;
}
SINEW_KERNEL(diverge);

__device__ int deep(int depth, int* out) {
    volatile int here[4096];
    here[depth % 4096] = depth;
    return depth == 0 ? 0 : deep(depth - 1, out) + here[depth % 4096];
}

/// One of the accesses that a GPU does not survive, by number. `out` holds 8 floats.
extern "C" __global__ void trespass(float* out, int way, int offset) {
    __shared__ float values[8];
    values[0] = 0;
    if (threadIdx.x != 3) return;
    if (way == 0) values[0] = out[offset];
    if (way == 1) out[offset] = 1;
    if (way == 2) *reinterpret_cast<float4*>(out + offset) = make_float4(1, 2, 3, 4);
    if (way == 3) values[offset] = 1;
    if (way == 4) out[0] = offset / (way - 4);
    if (way == 5) out[0] = deep(offset, reinterpret_cast<int*>(out));
    out[0] += values[0];
}
SINEW_KERNEL(trespass);

/// Adds `step` to each number, as often as a barrier lets it.
extern "C" __global__ void count_up(float* x, float step, int times) {
    size_t at = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
    for (int i = 0; i < times; i++) {
        __syncthreads();
        x[at] += step;
    }
}
SINEW_KERNEL(count_up);
