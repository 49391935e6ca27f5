// Matrices in pieces of four neighbouring channels, which are 16 bytes: one access where they are aligned, four where
// not. Which thread takes which piece never depends on that, so neither do the bits.
#pragma once

struct Quad {
    float v[4];
};

/// Where the four channels of a thread lie.
struct Spot {
    int row;
    int column;
};

__device__ __forceinline__ int quads_of(int columns) {
    return (columns + 3) / 4;
}

/// Deals the quads of [rows, columns] to the threads of a one-dimensional grid. Threads that are left over get a row
/// past the last one.
__device__ __forceinline__ Spot spot_of(int columns) {
    const unsigned index = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned quads = quads_of(columns);
    return {static_cast<int>(index / quads), static_cast<int>(index % quads) * 4};
}

template <typename T>
__device__ __forceinline__ T* row_of(T* matrix, int row, int stride) {
    return matrix + static_cast<long long>(row) * stride;
}

/// Whether every row of a matrix begins on 16 bytes; a null matrix does.
__device__ __forceinline__ bool in_quads(const float* matrix, int stride) {
    return reinterpret_cast<size_t>(matrix) % sizeof(float4) == 0 && stride % 4 == 0;
}

/// Channels column..column+3 of a row, 0 for those past its end.
///
/// @param aligned whether the row begins on 16 bytes; `column` is a multiple of 4
__device__ __forceinline__ Quad load_quad(const float* row, int column, int columns, bool aligned) {
    Quad quad;
    if (aligned && column + 4 <= columns) {
        const float4 four = *reinterpret_cast<const float4*>(row + column);
        quad.v[0] = four.x;
        quad.v[1] = four.y;
        quad.v[2] = four.z;
        quad.v[3] = four.w;
        return quad;
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
        quad.v[k] = column + k < columns ? row[column + k] : 0.0f;
    }
    return quad;
}

/// Writes those of the four channels that the row has.
__device__ __forceinline__ void store_quad(float* row, int column, int columns, bool aligned, const Quad& quad) {
    if (aligned && column + 4 <= columns) {
        *reinterpret_cast<float4*>(row + column) = make_float4(quad.v[0], quad.v[1], quad.v[2], quad.v[3]);
        return;
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
        if (column + k < columns) {
            row[column + k] = quad.v[k];
        }
    }
}
