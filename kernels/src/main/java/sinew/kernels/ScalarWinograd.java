package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// [Winograd2d] block by block.
final class ScalarWinograd {
    private static final int PATCH = Winograd2d.PATCH;
    private static final int BLOCK = Winograd2d.BLOCK;

    private ScalarWinograd() {}

    static void run(
            Winograd2d op, Rows x, Rows out, Rows residual, Activation activation, int batch, int part, int parts) {
        float[] patches = new float[op.cin() * Winograd2d.POINTS];
        float[] sums = new float[Winograd2d.POINTS];
        int end = Parts.begin(batch * op.blocks(), part + 1, parts);
        for (int block = Parts.begin(batch * op.blocks(), part, parts); block < end; block++) {
            int row = block / op.blocks() * op.height() * op.width();
            int top = block % op.blocks() / op.blocksAcross() * BLOCK;
            int left = block % op.blocksAcross() * BLOCK;
            for (int c = 0; c < op.cin(); c++) {
                patch(op, x, row, top - 1, left - 1, c, patches);
            }
            for (int o = 0; o < op.cout(); o++) {
                sums(op, patches, o, sums);
                store(op, sums, row, top, left, o, out, residual, activation);
            }
        }
    }

    private static void patch(Winograd2d op, Rows x, int row, int top, int left, int c, float[] patches) {
        int at = c * Winograd2d.POINTS;
        for (int i = 0; i < Winograd2d.POINTS; i++) {
            int y = top + i / PATCH;
            int column = left + i % PATCH;
            boolean inside = y >= 0 && y < op.height() && column >= 0 && column < op.width();
            patches[at + i] = inside ? x.at(row + y * op.width() + column, c) : 0;
        }
        for (int i = 0; i < PATCH; i++) {
            WinogradPoints.input(patches, at + i, PATCH);
        }
        for (int i = 0; i < PATCH; i++) {
            WinogradPoints.input(patches, at + i * PATCH, 1);
        }
    }

    private static void sums(Winograd2d op, float[] patches, int o, float[] sums) {
        for (int point = 0; point < Winograd2d.POINTS; point++) {
            float sum = 0;
            for (int c = 0; c < op.cin(); c++) {
                float value = patches[c * Winograd2d.POINTS + point];
                sum = Math.fma(value, op.weights().at(o, point * op.cin() + c), sum);
            }
            sums[point] = sum;
        }
        for (int i = 0; i < PATCH; i++) {
            WinogradPoints.output(sums, i, PATCH);
        }
        for (int i = 0; i < BLOCK; i++) {
            WinogradPoints.output(sums, i * PATCH, 1);
        }
    }

    private static void store(
            Winograd2d op, float[] sums, int row, int top, int left, int o, Rows out, Rows residual,
            Activation activation) {
        MemorySegment bias = op.bias();
        for (int y = top; y < Math.min(top + BLOCK, op.height()); y++) {
            for (int column = left; column < Math.min(left + BLOCK, op.width()); column++) {
                int to = row + y * op.width() + column;
                float sum = sums[(y - top) * PATCH + column - left];
                float biased = bias == null ? sum : sum + bias.getAtIndex(ValueLayout.JAVA_FLOAT, o);
                float total = residual == null ? biased : biased + residual.at(to, o);
                out.set(to, o, ScalarMath.activate(activation, total));
            }
        }
    }
}
