package sinew.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The accumulators of one panel for a block of output rows: the output itself, or the thread's scratch
/// when the panel is narrower than its 16 lanes.
final class Panel {
    private Panel() {}

    static boolean isNarrow(int outputs, int panel) {
        return outputs - panel * Panels.WIDTH < Panels.WIDTH;
    }

    static long address(Scratch scratch, Rows out, int row, int panel) {
        return isNarrow(out.columns(), panel)
                ? scratch.accumulators
                : out.address(row) + panel * Scratch.PANEL_BYTES;
    }

    static long stride(Rows out, int panel) {
        return isNarrow(out.columns(), panel) ? Scratch.PANEL_BYTES : out.strideBytes();
    }

    /// Begins every chain with the bias.
    static void begin(Scratch scratch, Rows out, int row, int rows, MemorySegment bias, int panel) {
        long address = address(scratch, out, row, panel);
        long stride = stride(out, panel);
        int width = Math.min(Panels.WIDTH, out.columns() - panel * Panels.WIDTH);
        if (width < Panels.WIDTH) {
            fillFew(address, stride, rows, bias, panel, width);
        } else {
            fill(address, stride, rows, bias == null ? 0 : bias.address() + panel * Scratch.PANEL_BYTES);
        }
    }

    /// @param bias address of the panel's biases, or 0 for none
    private static void fill(long address, long stride, int rows, long bias) {
        for (int lane = 0; lane < Panels.WIDTH; lane += Simd.LANES) {
            long offset = (long) lane * Float.BYTES;
            FloatVector value = bias == 0 ? FloatVector.zero(Simd.FLOATS) : Simd.load(bias + offset);
            for (int row = 0; row < rows; row++) {
                value.intoMemorySegment(Simd.ALL, address + row * stride + offset, Simd.ORDER);
            }
        }
    }

    private static void fillFew(long address, long stride, int rows, MemorySegment bias, int panel, int width) {
        for (int column = 0; column < Panels.WIDTH; column++) {
            long offset = (long) column * Float.BYTES;
            float value = bias == null || column >= width
                    ? 0.0f
                    : Simd.get(bias.address() + panel * Scratch.PANEL_BYTES + offset);
            for (int row = 0; row < rows; row++) {
                Simd.set(address + row * stride + offset, value);
            }
        }
    }

    /// Multiplies every sum by its output's scale and adds the bias: how chains of INT8 weights end.
    static void scale(
            Scratch scratch, Rows out, int row, int rows, MemorySegment scales, MemorySegment bias, int panel) {
        long address = address(scratch, out, row, panel);
        long stride = stride(out, panel);
        int width = Math.min(Panels.WIDTH, out.columns() - panel * Panels.WIDTH);
        long scale = scales.address() + panel * Scratch.PANEL_BYTES;
        long shift = bias == null ? 0 : bias.address() + panel * Scratch.PANEL_BYTES;
        if (width < Panels.WIDTH) {
            scaleFew(address, stride, rows, scale, shift, width);
        } else {
            scale(address, stride, rows, scale, shift);
        }
    }

    /// @param bias address of the panel's biases, or 0 for none
    private static void scale(long address, long stride, int rows, long scales, long bias) {
        for (long offset = 0; offset < Scratch.PANEL_BYTES; offset += Simd.BYTES) {
            FloatVector scale = Simd.load(scales + offset);
            FloatVector shift = bias == 0 ? FloatVector.zero(Simd.FLOATS) : Simd.load(bias + offset);
            for (int row = 0; row < rows; row++) {
                long at = address + row * stride + offset;
                Simd.store(Simd.load(at).fma(scale, shift), at);
            }
        }
    }

    private static void scaleFew(long address, long stride, int rows, long scales, long bias, int width) {
        for (long offset = 0; offset < (long) width * Float.BYTES; offset += Float.BYTES) {
            float scale = Simd.get(scales + offset);
            float shift = bias == 0 ? 0 : Simd.get(bias + offset);
            for (int row = 0; row < rows; row++) {
                long at = address + row * stride + offset;
                Simd.set(at, Math.fma(Simd.get(at), scale, shift));
            }
        }
    }

    /// Copies a narrow panel's finished outputs to where they belong.
    static void end(Scratch scratch, Rows out, int row, int rows, int panel) {
        if (!isNarrow(out.columns(), panel)) {
            return;
        }
        int width = out.columns() - panel * Panels.WIDTH;
        for (int r = 0; r < rows; r++) {
            long from = scratch.accumulators + r * Scratch.PANEL_BYTES;
            long to = out.address(row + r) + panel * Scratch.PANEL_BYTES;
            for (long offset = 0; offset < (long) width * Float.BYTES; offset += Float.BYTES) {
                Simd.set(to + offset, Simd.get(from + offset));
            }
        }
    }
}
