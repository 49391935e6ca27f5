// From a camera's frame to the encoder's input: the two passes of sinew.engine.features.ImagePreprocessor, with its
// additions in its order and every product rounded, so that both give the same bits. A thread makes one value.
#include "primitives.cuh"

namespace {

constexpr int CHANNELS = 3;
constexpr int LEVELS = 256;

} // namespace

/// The pass along the rows: `rows` rows of the frame, from `firstRow` on, to squeezed [rows, width * 3]. Value x of a
/// row is the weighted sum of the pixels first[x] .. first[x] + count[x] - 1.
///
/// @param pixel   [3, 256] value of each level
/// @param weights [width, taps]
// block 128, grid (ceil(3 * width / 128), rows)
extern "C" __global__ void squeeze_rows(
    const unsigned char* rgb, int sourceWidth, const float* pixel, const int* first, const int* count,
    const float* weights, int taps, int width, int firstRow, int rows, float* squeezed) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    const int row = blockIdx.y;
    if (column >= width * CHANNELS || row >= rows) {
        return;
    }
    const int x = column / CHANNELS;
    const int channel = column % CHANNELS;
    const long long line = static_cast<long long>(firstRow + row) * sourceWidth;
    const unsigned char* from = rgb + (line + first[x]) * CHANNELS + channel;
    const float* levels = pixel + channel * LEVELS;
    float sum = 0.0f;
    for (int tap = 0; tap < count[x]; tap++) {
        sum = __fadd_rn(sum, __fmul_rn(weights[x * taps + tap], levels[from[tap * CHANNELS]]));
    }
    squeezed[static_cast<long long>(row) * width * CHANNELS + column] = sum;
}
SINEW_KERNEL(squeeze_rows);

/// The pass along the columns: squeezed, which begins with row `firstRow` of the frame, to out [height * width, 3].
/// With `center`, values inside the picture become (value - center) / scale + shift; what pads it stays 0.
///
/// @param weights          [height, taps]
/// @param center           [3], or null; scale and shift alike
/// @param horizontalCount [width] pixels that the pass along the rows added up, 0 outside the picture
// block 128, grid (ceil(3 * width / 128), height)
extern "C" __global__ void blend_rows(
    const float* squeezed, int firstRow, const int* first, const int* count, const float* weights, int taps,
    int width, int height, const float* center, const float* scale, const float* shift, const int* horizontalCount,
    float* out, int os) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    const int y = blockIdx.y;
    if (column >= width * CHANNELS || y >= height) {
        return;
    }
    const int x = column / CHANNELS;
    const int channel = column % CHANNELS;
    const long long line = width * CHANNELS;
    const float* from = squeezed + (first[y] - firstRow) * line + column;
    float value = 0.0f;
    for (int tap = 0; tap < count[y]; tap++) {
        value = __fadd_rn(value, __fmul_rn(weights[y * taps + tap], from[tap * line]));
    }
    if (center != nullptr && count[y] > 0 && horizontalCount[x] > 0) {
        value = __fadd_rn(__fadd_rn(value, -center[channel]) / scale[channel], shift[channel]);
    }
    out[(static_cast<long long>(y) * width + x) * os + channel] = value;
}
SINEW_KERNEL(blend_rows);
