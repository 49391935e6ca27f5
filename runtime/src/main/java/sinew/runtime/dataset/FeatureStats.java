package sinew.runtime.dataset;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import sinew.engine.policy.Image;

/// Minimum, maximum, mean, deviation and quantiles of one feature, as stats.json holds them.
sealed interface FeatureStats {
    double[] QUANTILES = {0.01, 0.10, 0.50, 0.90, 0.99};
    String[] QUANTILE_NAMES = {"q01", "q10", "q50", "q90", "q99"};

    ObjectNode toJson();

    /// Of vectors: keeps every value.
    final class OfVectors implements FeatureStats {
        private final int dim;
        private double[] values = new double[1024];
        private int size;

        OfVectors(int dim) {
            this.dim = dim;
        }

        void add(float... vector) {
            for (float v : vector) {
                if (size == values.length) {
                    values = Arrays.copyOf(values, 2 * size);
                }
                values[size++] = v;
            }
        }

        @Override
        public ObjectNode toJson() {
            int count = size / dim;
            double[][] sorted = new double[dim][count];
            for (int i = 0; i < size; i++) {
                sorted[i % dim][i / dim] = values[i];
            }
            double[] mean = new double[dim], std = new double[dim];
            for (int d = 0; d < dim; d++) {
                Arrays.sort(sorted[d]);
                mean[d] = Arrays.stream(sorted[d]).average().orElse(0);
                double square = 0;
                for (double v : sorted[d]) {
                    square += (v - mean[d]) * (v - mean[d]);
                }
                std[d] = Math.sqrt(square / count);
            }
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            for (int d = 0; d < dim; d++) {
                array(json, "min").add(sorted[d][0]);
                array(json, "max").add(sorted[d][count - 1]);
                array(json, "mean").add(mean[d]);
                array(json, "std").add(std[d]);
                for (int q = 0; q < QUANTILES.length; q++) {
                    array(json, QUANTILE_NAMES[q]).add(quantile(sorted[d], QUANTILES[q]));
                }
            }
            array(json, "count").add(count);
            return json;
        }

        /// Linear between the two nearest values, as numpy has it.
        private static double quantile(double[] sorted, double q) {
            double at = q * (sorted.length - 1);
            int below = (int) at, above = Math.min(below + 1, sorted.length - 1);
            return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
        }
    }

    /// Of pictures: over a sample of pixels of a sample of frames, in [0, 1] per channel, shape (3, 1, 1).
    final class OfImages implements FeatureStats {
        private static final int EVERY_FRAME = 8;
        private static final int EVERY_PIXEL = 37;
        private final long[][] histogram = new long[3][256];
        private int frames;
        private int sampled;

        void add(Image image) {
            if (frames++ % EVERY_FRAME != 0) {
                return;
            }
            sampled++;
            byte[] rgb = image.rgb();
            for (int p = 0; p < rgb.length; p += 3 * EVERY_PIXEL) {
                for (int c = 0; c < 3; c++) {
                    histogram[c][rgb[p + c] & 0xFF]++;
                }
            }
        }

        @Override
        public ObjectNode toJson() {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            for (int c = 0; c < 3; c++) {
                long count = Arrays.stream(histogram[c]).sum();
                double mean = 0, square = 0;
                for (int v = 0; v < 256; v++) {
                    mean += v / 255.0 * histogram[c][v] / count;
                }
                for (int v = 0; v < 256; v++) {
                    square += Math.pow(v / 255.0 - mean, 2) * histogram[c][v] / count;
                }
                pixel(json, "min", quantile(c, 0, count));
                pixel(json, "max", quantile(c, 1, count));
                pixel(json, "mean", mean);
                pixel(json, "std", Math.sqrt(square));
                for (int q = 0; q < QUANTILES.length; q++) {
                    pixel(json, QUANTILE_NAMES[q], quantile(c, QUANTILES[q], count));
                }
            }
            array(json, "count").add(sampled);
            return json;
        }

        private double quantile(int channel, double q, long count) {
            long want = Math.max(1, Math.round(q * count)), seen = 0;
            int value = 0;
            while (value < 255 && (seen += histogram[channel][value]) < want) {
                value++;
            }
            return value / 255.0;
        }

        private static void pixel(ObjectNode json, String name, double value) {
            array(json, name).addArray().addArray().add(value);
        }
    }

    private static ArrayNode array(ObjectNode json, String name) {
        return json.has(name) ? (ArrayNode) json.get(name) : json.putArray(name);
    }
}
