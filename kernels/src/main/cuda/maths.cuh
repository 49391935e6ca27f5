// The activations, and sums and maxima over a warp and a block: always of the same order, so always the same bits.
#pragma once

/// As the ordinals of sinew.kernels.Activation.
constexpr int ACTIVATION_NONE = 0;
constexpr int ACTIVATION_RELU = 1;
constexpr int ACTIVATION_MISH = 2;
constexpr int ACTIVATION_SILU = 3;
constexpr int ACTIVATION_GELU = 4;
constexpr int ACTIVATION_GELU_TANH = 5;
constexpr int ACTIVATION_QUICK_GELU = 6;

constexpr int WARP = 32;
constexpr unsigned ALL_LANES = 0xffffffffu;

/// x * tanh(ln(1 + e^x)) = x * n / (n + 2) with n = e^x (e^x + 2): no difference of near numbers anywhere.
__device__ __forceinline__ float mish(float x) {
    const float e = expf(fminf(x, 20.0f)); // from there on Mish is the identity, and e^2 is still far from overflow
    const float n = __fmaf_rn(e, e, e + e);
    return x * (n / (n + 2.0f));
}

/// 0.5 x (1 + erf(x / sqrt 2)), by the complement so that little remains exact where erf is almost -1.
__device__ __forceinline__ float gelu(float x) {
    return 0.5f * x * erfcf(-0.70710678f * x);
}

/// x / (1 + e^(-z)): x times the logistic function of z.
__device__ __forceinline__ float gated(float x, float minusZ) {
    return x / (expf(minusZ) + 1.0f);
}

/// tanh(u) is 2 sigmoid(2u) - 1, so the constants are -2 sqrt(2 / pi) and the same times 0.044715.
__device__ __forceinline__ float gelu_tanh(float x) {
    return gated(x, __fmaf_rn(x * x, -0.071354814f, -1.5957692f) * x);
}

__device__ __forceinline__ float activate(int activation, float x) {
    switch (activation) {
        case ACTIVATION_RELU:
            return x <= 0.0f ? 0.0f : x; // unlike fmaxf, which would hide a NaN
        case ACTIVATION_MISH:
            return mish(x);
        case ACTIVATION_SILU:
            return gated(x, -x);
        case ACTIVATION_GELU:
            return gelu(x);
        case ACTIVATION_GELU_TANH:
            return gelu_tanh(x);
        case ACTIVATION_QUICK_GELU:
            return gated(x, -1.702f * x);
        default:
            return x;
    }
}

struct Sum {
    static __device__ __forceinline__ float start() { return 0.0f; }
    static __device__ __forceinline__ float of(float a, float b) { return a + b; }
};

struct Maximum {
    static __device__ __forceinline__ float start() { return -INFINITY; }
    static __device__ __forceinline__ float of(float a, float b) { return fmaxf(a, b); }
};

/// Folds a value of every lane; all lanes get the same bits, because a + b is b + a.
template <typename Fold>
__device__ __forceinline__ float warp_fold(float value) {
#pragma unroll
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value = Fold::of(value, __shfl_xor_sync(ALL_LANES, value, distance));
    }
    return value;
}

/// Folds N values of every thread of the block, each for itself; all threads get the same bits.
///
/// `partials` is shared memory of 32 N floats. It may be the same in the next call.
template <typename Fold, int N>
__device__ __forceinline__ void block_fold(float (&values)[N], float* partials) {
    const int lane = threadIdx.x % WARP;
    const int warp = threadIdx.x / WARP;
    const int warps = blockDim.x / WARP;
    __syncthreads(); // some warp may still read what the call before left there
#pragma unroll
    for (int n = 0; n < N; n++) {
        const float partial = warp_fold<Fold>(values[n]);
        if (lane == 0) {
            partials[n * WARP + warp] = partial;
        }
    }
    __syncthreads();
#pragma unroll
    for (int n = 0; n < N; n++) {
        values[n] = warp_fold<Fold>(lane < warps ? partials[n * WARP + lane] : Fold::start());
    }
}

__device__ __forceinline__ float warp_sum(float value) {
    return warp_fold<Sum>(value);
}

__device__ __forceinline__ float warp_max(float value) {
    return warp_fold<Maximum>(value);
}

/// Sum over the block; `partials` is shared memory of 32 floats.
__device__ __forceinline__ float block_sum(float value, float* partials) {
    float values[1] = {value};
    block_fold<Sum>(values, partials);
    return values[0];
}
