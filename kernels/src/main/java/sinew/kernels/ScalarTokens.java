package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What transformers do beside their linear layers, as the definitions read.
final class ScalarTokens {
    private ScalarTokens() {}

    static void layerNorm(LayerNorm op, Rows x, Rows out, int part, int parts) {
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            float mean = (float) (ScalarSums.sum(x, row) / op.channels());
            float inverse = inverseDeviation(ScalarSums.squares(x, row, mean), op);
            for (int c = 0; c < op.channels(); c++) {
                float deviation = x.at(row, c) - mean;
                out.set(row, c, op.gamma() == null
                        ? deviation * inverse
                        : Math.fma(deviation, at(op.gamma(), c) * inverse, at(op.beta(), c)));
            }
        }
    }

    static float inverseDeviation(double squares, LayerNorm op) {
        return (float) (1 / Math.sqrt(squares / op.channels() + op.epsilon()));
    }

    static void attention(
            Attention op, Rows q, Rows k, Rows v, Rows mask, Rows out, int batch, int part, int parts) {
        Rows weights = Rows.dense(MemorySegment.ofArray(new float[op.keys()]), 1, op.keys());
        int end = Parts.begin(batch * op.heads(), part + 1, parts);
        for (int unit = Parts.begin(batch * op.heads(), part, parts); unit < end; unit++) {
            int sample = unit / op.heads();
            int channel = unit % op.heads() * op.headSize();
            for (int query = 0; query < op.queries(); query++) {
                int row = sample * op.queries() + query;
                double sum = weigh(op, q, row, k, sample * op.keys(), mask, channel, weights);
                for (int c = channel; c < channel + op.headSize(); c++) {
                    float mean = 0;
                    for (int key = 0; key < op.keys(); key++) {
                        mean = Math.fma(weights.at(0, key), v.at(sample * op.keys() + key, c), mean);
                    }
                    out.set(row, c, mean / (float) sum);
                }
            }
        }
    }

    /// The weights of all keys for one query, not yet divided by their sum, which is the result.
    private static double weigh(
            Attention op, Rows q, int query, Rows k, int firstKey, Rows mask, int channel, Rows weights) {
        float max = Float.NEGATIVE_INFINITY;
        for (int key = 0; key < op.keys(); key++) {
            float score = 0;
            for (int c = channel; c < channel + op.headSize(); c++) {
                score = Math.fma(q.at(query, c), k.at(firstKey + key, c), score);
            }
            float masked = mask == null
                    ? score * op.scale()
                    : Math.fma(score, op.scale(), mask.at(query % mask.rows(), key));
            weights.set(0, key, masked);
            max = Math.max(max, masked);
        }
        for (int key = 0; key < op.keys(); key++) {
            weights.set(0, key, ScalarMath.exp(weights.at(0, key) - max));
        }
        return ScalarSums.sum(weights, 0);
    }

    static void rotate(Rotary op, Rows x, Rows out, int part, int parts) {
        int half = op.headSize() / 2;
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            int angle = row % op.positions() * half;
            for (int head = 0; head < op.heads(); head++) {
                for (int c = 0; c < half; c++) {
                    int left = head * op.headSize() + c;
                    float cosine = at(op.cosines(), angle + c);
                    float sine = at(op.sines(), angle + c);
                    float first = x.at(row, left);
                    float second = x.at(row, left + half);
                    out.set(row, left, Math.fma(first, cosine, -(second * sine)));
                    out.set(row, left + half, Math.fma(second, cosine, first * sine));
                }
            }
        }
    }

    static void modulate(Rows x, Rows shift, Rows scale, Rows out, int part, int parts) {
        int positions = x.rows() / scale.rows();
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            int sample = row / positions;
            for (int c = 0; c < x.columns(); c++) {
                out.set(row, c, Math.fma(x.at(row, c), scale.at(sample, c) + 1.0f, shift.at(sample, c)));
            }
        }
    }

    static void addGated(Rows x, Rows gate, Rows residual, Rows out, int part, int parts) {
        int positions = x.rows() / gate.rows();
        int end = Parts.begin(x.rows(), part + 1, parts);
        for (int row = Parts.begin(x.rows(), part, parts); row < end; row++) {
            for (int c = 0; c < x.columns(); c++) {
                out.set(row, c, Math.fma(x.at(row, c), gate.at(row / positions, c) + 0.0f, residual.at(row, c)));
            }
        }
    }

    private static float at(MemorySegment vector, int index) {
        return vector.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }
}
