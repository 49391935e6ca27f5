// What is done to every value by itself. A thread takes four neighbouring channels.
#include "primitives.cuh"
#include "maths.cuh"
#include "quads.cuh"

/// out = act(x). In place is allowed.
// block 128, grid (ceil(rows * ceil(columns / 4) / 128))
extern "C" __global__ void activate_rows(
    int activation, const float* x, int xs, float* out, int os, int rows, int columns) {
    const Spot at = spot_of(columns);
    if (at.row >= rows) {
        return;
    }
    const bool aligned = in_quads(x, xs) && in_quads(out, os);
    Quad values = load_quad(row_of(x, at.row, xs), at.column, columns, aligned);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        values.v[k] = activate(activation, values.v[k]);
    }
    store_quad(row_of(out, at.row, os), at.column, columns, aligned, values);
}
SINEW_KERNEL(activate_rows);

/// out = a + b, with the `bRows` rows of b repeated. In place is allowed.
// block 128, grid (ceil(rows * ceil(columns / 4) / 128))
extern "C" __global__ void add_rows(
    const float* a, int as, const float* b, int bs, int bRows, float* out, int os, int rows, int columns) {
    const Spot at = spot_of(columns);
    if (at.row >= rows) {
        return;
    }
    const bool aligned = in_quads(a, as) && in_quads(b, bs) && in_quads(out, os);
    Quad values = load_quad(row_of(a, at.row, as), at.column, columns, aligned);
    const Quad others = load_quad(row_of(b, at.row % bRows, bs), at.column, columns, aligned);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        values.v[k] += others.v[k];
    }
    store_quad(row_of(out, at.row, os), at.column, columns, aligned, values);
}
SINEW_KERNEL(add_rows);

/// out = x * (1 + scale) + shift, with a row of scale and shift for each sample of `tokens` rows. In place is allowed.
// block 128, grid (ceil(rows * ceil(columns / 4) / 128))
extern "C" __global__ void modulate(
    const float* x, int xs, const float* shift, int ss, const float* scale, int cs, float* out, int os, int tokens,
    int rows, int columns) {
    const Spot at = spot_of(columns);
    if (at.row >= rows) {
        return;
    }
    const bool aligned = in_quads(x, xs) && in_quads(shift, ss) && in_quads(scale, cs) && in_quads(out, os);
    const int sample = at.row / tokens;
    Quad values = load_quad(row_of(x, at.row, xs), at.column, columns, aligned);
    const Quad shifts = load_quad(row_of(shift, sample, ss), at.column, columns, aligned);
    const Quad scales = load_quad(row_of(scale, sample, cs), at.column, columns, aligned);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        values.v[k] = __fmaf_rn(values.v[k], scales.v[k] + 1.0f, shifts.v[k]);
    }
    store_quad(row_of(out, at.row, os), at.column, columns, aligned, values);
}
SINEW_KERNEL(modulate);

/// out = residual + gate * x, with a row of gate for each sample of `tokens` rows. In place is allowed.
// block 128, grid (ceil(rows * ceil(columns / 4) / 128))
extern "C" __global__ void add_gated(
    const float* x, int xs, const float* gate, int gs, const float* residual, int rs, float* out, int os, int tokens,
    int rows, int columns) {
    const Spot at = spot_of(columns);
    if (at.row >= rows) {
        return;
    }
    const bool aligned = in_quads(x, xs) && in_quads(gate, gs) && in_quads(residual, rs) && in_quads(out, os);
    Quad values = load_quad(row_of(x, at.row, xs), at.column, columns, aligned);
    const Quad gates = load_quad(row_of(gate, at.row / tokens, gs), at.column, columns, aligned);
    const Quad residuals = load_quad(row_of(residual, at.row, rs), at.column, columns, aligned);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        values.v[k] = __fmaf_rn(values.v[k], gates.v[k], residuals.v[k]);
    }
    store_quad(row_of(out, at.row, os), at.column, columns, aligned, values);
}
SINEW_KERNEL(add_gated);

/// Turns the two halves of each head by the angles of the token's position; cosines, sines: [positions, headSize / 2].
/// A thread takes four channels of the first half and their partners. In place is allowed.
// block 128, grid (ceil(rows * heads * ceil(headSize / 2 / 4) / 128)), headSize even
extern "C" __global__ void rotate(
    const float* x, int xs, float* out, int os, const float* cosines, const float* sines, int heads, int headSize,
    int positions, int rows) {
    const int half = headSize / 2;
    const Spot at = spot_of(half); // a row for each head of each token
    const int row = at.row / heads;
    if (row >= rows) {
        return;
    }
    const bool aligned = in_quads(x, xs) && in_quads(out, os) && in_quads(cosines, half) && in_quads(sines, half);
    const int left = at.row % heads * headSize;
    const float* from = row_of(x, row, xs) + left;
    float* to = row_of(out, row, os) + left;
    const Quad first = load_quad(from, at.column, half, aligned);
    const Quad second = load_quad(from + half, at.column, half, aligned);
    const Quad cosine = load_quad(row_of(cosines, row % positions, half), at.column, half, aligned);
    const Quad sine = load_quad(row_of(sines, row % positions, half), at.column, half, aligned);
    Quad turnedFirst;
    Quad turnedSecond;
#pragma unroll
    for (int k = 0; k < 4; k++) {
        turnedFirst.v[k] = __fmaf_rn(first.v[k], cosine.v[k], -__fmul_rn(second.v[k], sine.v[k]));
        turnedSecond.v[k] = __fmaf_rn(second.v[k], cosine.v[k], __fmul_rn(first.v[k], sine.v[k]));
    }
    store_quad(to, at.column, half, aligned, turnedFirst);
    store_quad(to + half, at.column, half, aligned, turnedSecond);
}
SINEW_KERNEL(rotate);

/// out[b, to + t] = x[b, from + t] for t in 0..count-1; nothing else of out changes.
// block 128, grid (ceil(batch * count * ceil(columns / 4) / 128))
extern "C" __global__ void copy_tokens(
    const float* x, int xs, int from, int tokensIn, float* out, int os, int to, int tokensOut, int count, int batch,
    int columns) {
    const Spot at = spot_of(columns);
    const int sample = at.row / count;
    if (sample >= batch) {
        return;
    }
    const bool aligned = in_quads(x, xs) && in_quads(out, os);
    const int token = at.row % count;
    const float* source = row_of(x, sample * tokensIn + from + token, xs);
    float* target = row_of(out, sample * tokensOut + to + token, os);
    store_quad(target, at.column, columns, aligned, load_quad(source, at.column, columns, aligned));
}
SINEW_KERNEL(copy_tokens);
