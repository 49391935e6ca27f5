package sinew.engine.features;

import sinew.engine.policy.VisionSpec.ResizeMode;

/// Where the pixels of one axis come from: output i is the weighted sum of the source pixels
/// first[i] .. first[i] + count[i] - 1. Outputs with count 0 lie outside the image and are 0.
///
/// Only the part of the resized axis that the centre crop keeps is here. Ratio and weights are rounded to float32,
/// positions only where they are kept, which is how PyTorch's interpolation comes out.
final class ResizeAxis {
    final int[] first; // [outputs]
    final int[] count; // [outputs]
    final float[] weights; // [outputs][taps]
    final int taps;

    private ResizeAxis(int outputs, int taps) {
        this.first = new int[outputs];
        this.count = new int[outputs];
        this.weights = new float[outputs * taps];
        this.taps = taps;
    }

    /// @param source size of the image
    /// @param target size after the resize; equal to source for none
    /// @param crop   size after the centre crop of the resized axis; larger than target pads with zeros
    static ResizeAxis of(int source, int target, ResizeMode mode, int crop) {
        int margin = cropMargin(target, crop);
        float scale = (float) source / target;
        int taps = source == target ? 1 : mode.isPlain() ? 2 : 2 * (int) Math.ceil(Math.max(scale, 1)) + 1;
        ResizeAxis axis = new ResizeAxis(crop, taps);
        for (int i = 0; i < crop; i++) {
            int position = i + margin;
            if (position < 0 || position >= target) {
                continue;
            }
            if (source == target) {
                axis.set(i, position, 1f);
            } else if (mode.isPlain()) {
                axis.neighbours(i, position, scale, source);
            } else {
                axis.triangle(i, position, scale, source);
            }
        }
        return axis;
    }

    /// Offset of the crop: halves are rounded to even, as Python's round does. Negative when the crop is larger.
    static int cropMargin(int size, int crop) {
        // A crop larger than the image is padded first: half of the excess, rounded down, comes before the image.
        return crop > size ? -((crop - size) / 2) : (int) Math.rint((size - crop) / 2.0);
    }

    int outputs() {
        return first.length;
    }

    /// Whether every output is one source pixel, and neighbours are neighbours.
    boolean isPlain() {
        return taps == 1;
    }

    /// First source pixel that any output needs.
    int from() {
        int from = Integer.MAX_VALUE;
        for (int i = 0; i < outputs(); i++) {
            from = count[i] > 0 ? Math.min(from, first[i]) : from;
        }
        return from;
    }

    /// The source pixel after the last one that any output needs.
    int to() {
        int to = 0;
        for (int i = 0; i < outputs(); i++) {
            to = count[i] > 0 ? Math.max(to, first[i] + count[i]) : to;
        }
        return to;
    }

    /// First output inside the image.
    int firstOutput() {
        int i = 0;
        while (count[i] == 0) {
            i++;
        }
        return i;
    }

    /// The output after the last one inside the image.
    int endOutput() {
        int i = count.length;
        while (count[i - 1] == 0) {
            i--;
        }
        return i;
    }

    private void set(int i, int from, float weight) {
        first[i] = from;
        count[i] = 1;
        weights[i * taps] = weight;
    }

    private void neighbours(int i, int position, float scale, int source) {
        double at = Math.max(scale * (position + 0.5) - 0.5, 0);
        int lower = Math.min((int) at, source - 1);
        float beyond = (float) (at - lower);
        if (lower == source - 1) {
            set(i, lower, 1f);
            return;
        }
        first[i] = lower;
        count[i] = 2;
        weights[i * taps] = 1f - beyond;
        weights[i * taps + 1] = beyond;
    }

    /// A triangle filter as wide as the ratio, its weights made to sum to 1.
    private void triangle(int i, int position, float scale, int source) {
        float support = Math.max(scale, 1f);
        float inverse = 1f / support;
        float center = (float) (scale * (position + 0.5));
        int from = Math.max((int) (center - support + 0.5), 0);
        int to = Math.min((int) (center + support + 0.5), source);
        float total = 0;
        for (int j = from; j < to; j++) {
            float distance = (float) Math.abs((j - center + 0.5) * inverse);
            float weight = Math.max(1f - distance, 0f);
            weights[i * taps + j - from] = weight;
            total += weight;
        }
        for (int j = 0; j < to - from; j++) {
            weights[i * taps + j] /= total;
        }
        first[i] = from;
        count[i] = to - from;
    }
}
