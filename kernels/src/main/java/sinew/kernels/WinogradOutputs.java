package sinew.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Transforms the sums of blocks in place, down their columns and then across, and writes the outputs.
final class WinogradOutputs {
    private static final int PATCH = Winograd2d.PATCH;
    private static final int BLOCK = Winograd2d.BLOCK;

    private WinogradOutputs() {}

    static void run(
            WinogradScratch scratch, Winograd2d op, int first, int count, int panel, int panels, Rows out,
            Rows residual, Activation activation) {
        long width = panels * Scratch.PANEL_BYTES;
        long plane = count * width;
        for (int i = 0; i < PATCH; i++) {
            transform(scratch.sums + i * plane, PATCH * plane, plane);
        }
        for (int i = 0; i < BLOCK; i++) {
            transform(scratch.sums + i * PATCH * plane, plane, plane);
        }
        for (int i = 0; i < count; i++) {
            block(op, first + i, scratch.sums + i * width, plane, panel, panels, out, residual, activation);
        }
    }

    private static void block(
            Winograd2d op, int block, long sums, long plane, int panel, int panels, Rows out, Rows residual,
            Activation activation) {
        int top = block % op.blocks() / op.blocksAcross() * BLOCK;
        int left = block % op.blocksAcross() * BLOCK;
        int rows = Math.min(BLOCK, op.height() - top);
        int columns = Math.min(BLOCK, op.width() - left);
        long offset = panel * Scratch.PANEL_BYTES;
        long bias = address(op.bias(), offset);
        for (int y = 0; y < rows; y++) {
            int row = (block / op.blocks() * op.height() + top + y) * op.width() + left;
            for (int i = 0; i < columns; i++) {
                long from = sums + (y * PATCH + i) * plane;
                long plus = residual == null ? 0 : residual.address(row + i) + offset;
                finish(from, bias, plus, activation == Activation.RELU, out.address(row + i) + offset,
                        panels * Scratch.PANEL_BYTES);
            }
            if (VectorElementwise.isCurve(activation)) {
                VectorElementwise.finish(activation, null, out, row, columns, panel, panel + panels);
            }
        }
    }

    private static long address(MemorySegment vector, long offset) {
        return vector == null ? 0 : vector.address() + offset;
    }

    private static void finish(long from, long bias, long residual, boolean relu, long to, long bytes) {
        for (long at = 0; at < bytes; at += Simd.BYTES) {
            FloatVector value = Simd.load(from + at);
            if (bias != 0) {
                value = value.add(Simd.load(bias + at));
            }
            if (residual != 0) {
                value = value.add(Simd.load(residual + at));
            }
            Simd.store(relu ? value.max(0.0f) : value, to + at);
        }
    }

    /// [WinogradPoints#output] of neighbouring values, in place.
    private static void transform(long sums, long step, long bytes) {
        for (long at = sums; at < sums + bytes; at += Simd.BYTES) {
            FloatVector v1 = Simd.load(at + step);
            FloatVector v2 = Simd.load(at + 2 * step);
            FloatVector v3 = Simd.load(at + 3 * step);
            FloatVector v4 = Simd.load(at + 4 * step);
            FloatVector evenA = v1.add(v2);
            FloatVector oddA = v1.sub(v2);
            FloatVector evenB = v3.add(v4);
            FloatVector oddB = v3.sub(v4);
            FloatVector last = oddA.fma(broadcast(WinogradPoints.A3), Simd.load(at + 5 * step));
            Simd.store(Simd.load(at).add(evenA).add(evenB), at);
            Simd.store(oddB.fma(broadcast(WinogradPoints.B), oddA.mul(WinogradPoints.A)), at + step);
            Simd.store(evenB.fma(broadcast(WinogradPoints.B2), evenA.mul(WinogradPoints.A2)), at + 2 * step);
            Simd.store(oddB.fma(broadcast(WinogradPoints.B3), last), at + 3 * step);
        }
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(Simd.FLOATS, value);
    }
}
