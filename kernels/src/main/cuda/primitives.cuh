// What the kernels use beside plain CUDA C: instructions that the language has no word for, and the mark by which a
// kernel is found. Compiled for a processor (see kernels/src/test/cuda) the same names come from there.
#pragma once

#ifdef SINEW_EMULATED
#include "emulated.h"
#define __noinline__ __attribute__((noinline))

inline float read_shared_by_blocks(const float* at) {
    return *at;
}
#else

/// Stands after a kernel's body; the emulator keeps a list of kernels, a GPU's module has one of its own.
#define SINEW_KERNEL(name)

/// What another block wrote in the same launch: not from this processor's own cache, which nobody keeps up to date.
__device__ __forceinline__ float read_shared_by_blocks(const float* at) {
    return __ldcg(at);
}

/// Two floats as bfloat16, to nearest, ties to even: `low` in the low half of the word.
__device__ __forceinline__ unsigned pack_bf16(float low, float high) {
    unsigned word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
}

/// A float in TF32's precision: 10 bits behind the point, to nearest, ties away from zero.
__device__ __forceinline__ unsigned to_tf32(float value) {
    unsigned word;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(value));
    return word;
}

/// c += a * b for a [16, 16] and b [16, 8] of bfloat16, spread over a warp as PTX's mma.m16n8k16 spreads them: lane
/// 4 g + t holds of a the pairs (g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8), of b (2t, g), (2t + 8, g), of c
/// (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).
__device__ __forceinline__ void mma_bf16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/// c += a * b for a [16, 8] and b [8, 8] of TF32: lane 4 g + t holds of a (g, t), (g + 8, t), (g, t + 4),
/// (g + 8, t + 4), of b (t, g), (t + 4, g), and c as above.
__device__ __forceinline__ void mma_tf32(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#endif
