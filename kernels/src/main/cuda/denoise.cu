// The samplers' arithmetic. Products and sums are rounded each for itself, as sinew.kernels.Denoising and the samplers
// themselves (sinew.engine.diffusion) do, so that all walk through the same bits.
#include "primitives.cuh"

namespace {

constexpr int PREDICTS_EPSILON = 0;
constexpr int PREDICTS_SAMPLE = 1;

constexpr float KNOWN_CLEAN = 1.0f;
constexpr float KNOWN_NOISED = 2.0f;

/// a * b + c * d
__device__ __forceinline__ float two_products(float a, float b, float c, float d) {
    return __fadd_rn(__fmul_rn(a, b), __fmul_rn(c, d));
}

/// What a network's output says about the clean sample.
__device__ __forceinline__ float clean_estimate(int type, float output, float sample, float signal, float noise) {
    switch (type) {
        case PREDICTS_EPSILON:
            return __fadd_rn(sample, -__fmul_rn(noise, output)) / signal;
        case PREDICTS_SAMPLE:
            return output;
        default:
            return two_products(signal, sample, -noise, output);
    }
}

/// What it says about the noise; `raw` is the clean sample before clipping.
__device__ __forceinline__ float noise_estimate(
    int type, float output, float sample, float raw, float signal, float noise) {
    switch (type) {
        case PREDICTS_EPSILON:
            return output;
        case PREDICTS_SAMPLE:
            return __fadd_rn(sample, -__fmul_rn(signal, raw)) / noise;
        default:
            return two_products(signal, output, noise, sample);
    }
}

/// Within -limit..limit; NaN stays NaN.
__device__ __forceinline__ float clipped(float x, float limit) {
    return x < -limit ? -limit : x > limit ? limit : x;
}

} // namespace

/// Writes the given entries of a sample [rows, columns] as a step shows them to the network. The other operands are
/// dense; level is 0 where an entry is predicted, 1 where it is given as it is, 2 where it is given with noise.
// block 128, grid (ceil(rows * columns / 128))
extern "C" __global__ void impose(
    float* sample, int stride, const float* known, const float* knownNoise, const float* level, float signal,
    float deviation, int columns, int rows) {
    const int index = blockIdx.x * blockDim.x + threadIdx.x;
    const int row = index / columns;
    if (row >= rows) {
        return;
    }
    float* entry = sample + static_cast<long long>(row) * stride + index % columns;
    if (level[index] == KNOWN_CLEAN) {
        *entry = known[index];
    } else if (level[index] == KNOWN_NOISED) {
        *entry = two_products(signal, known[index], deviation, knownNoise[index]);
    }
}
SINEW_KERNEL(impose);

/// One step of a sampler. output, sample: [rows, columns]; fresh, earlier: dense, or null. Terms after the first whose
/// weight is 0 do not count, and what they would be made of is not read: it may be no number. `earlier` becomes the
/// clean sample.
///
/// @param type 0 when the network predicts the noise, 1 the clean sample, 2 the velocity
// block 128, grid (ceil(rows * columns / 128))
extern "C" __global__ void denoise_step(
    const float* output, int outputStride, float* sample, int sampleStride, const float* fresh, float* earlier,
    int type, float limit, float signal, float noise, float cleanWeight, float sampleWeight, float epsilonWeight,
    float earlierWeight, float freshWeight, int columns, int rows) {
    const int index = blockIdx.x * blockDim.x + threadIdx.x;
    const int row = index / columns;
    if (row >= rows) {
        return;
    }
    const float predicted = output[static_cast<long long>(row) * outputStride + index % columns];
    float* entry = sample + static_cast<long long>(row) * sampleStride + index % columns;
    const float now = *entry;
    const float raw = clean_estimate(type, predicted, now, signal, noise);
    const float clean = clipped(raw, limit);

    float next = __fmul_rn(cleanWeight, clean);
    if (sampleWeight != 0.0f) {
        next = __fadd_rn(next, __fmul_rn(sampleWeight, now));
    }
    if (epsilonWeight != 0.0f) {
        const float epsilon = noise_estimate(type, predicted, now, raw, signal, noise);
        next = __fadd_rn(next, __fmul_rn(epsilonWeight, epsilon));
    }
    if (earlier != nullptr && earlierWeight != 0.0f) {
        next = __fadd_rn(next, __fmul_rn(earlierWeight, earlier[index]));
    }
    if (fresh != nullptr && freshWeight != 0.0f) {
        next = __fadd_rn(next, __fmul_rn(freshWeight, fresh[index]));
    }
    *entry = next;
    if (earlier != nullptr) {
        earlier[index] = clean;
    }
}
SINEW_KERNEL(denoise_step);
