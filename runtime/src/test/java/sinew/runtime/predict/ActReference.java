package sinew.runtime.predict;

import java.util.Map;

/// ACT without cameras in double precision, written from the paper's description as a reader would: no packing, no
/// kernels, nothing shared. For forms of the network of which there is no recording.
final class ActReference {
    private final Map<String, float[]> weights;
    private final int width;
    private final int heads;
    private final boolean preNorm;
    private final boolean gelu;

    ActReference(Map<String, float[]> weights, int width, int heads, boolean preNorm, boolean gelu) {
        this.weights = weights;
        this.width = width;
        this.heads = heads;
        this.preNorm = preNorm;
        this.gelu = gelu;
    }

    /// @param vectors the state and the environment's state, each null when there is none
    /// @return [chunk][A]
    double[][] run(float[] state, float[] env, int encoderLayers, int decoderLayers, int chunk) {
        int count = 1 + (state == null ? 0 : 1) + (env == null ? 0 : 1);
        double[][] x = new double[count][];
        x[0] = doubles("encoder_latent_input_proj.bias");
        int next = 1;
        if (state != null) {
            x[next++] = linear("encoder_robot_state_input_proj", wide(state));
        }
        if (env != null) {
            x[next] = linear("encoder_env_state_input_proj", wide(env));
        }
        double[][] places = rows("encoder_1d_feature_pos_embed.weight", count);
        for (int i = 0; i < encoderLayers; i++) {
            x = layer("encoder.layers." + i, x, places, null, null);
        }
        double[][] memory = preNorm ? norm("encoder.norm", x) : x;
        double[][] queries = rows("decoder_pos_embed.weight", chunk);
        double[][] y = new double[chunk][width];
        for (int i = 0; i < decoderLayers; i++) {
            y = layer("decoder.layers." + i, y, queries, memory, places);
        }
        double[][] out = norm("decoder.norm", y);
        double[][] actions = new double[chunk][];
        for (int t = 0; t < chunk; t++) {
            actions[t] = linear("action_head", out[t]);
        }
        return actions;
    }

    private double[][] layer(
            String name, double[][] x, double[][] places, double[][] memory, double[][] memoryPlaces) {
        double[][] y = part(name + ".norm1", x, v -> attend(name + ".self_attn", add(v, places), add(v, places), v));
        if (memory != null) {
            y = part(name + ".norm2", y, v ->
                    attend(name + ".multihead_attn", add(v, places), add(memory, memoryPlaces), memory));
        }
        return part(name + (memory == null ? ".norm2" : ".norm3"), y, v -> feedForward(name, v));
    }

    private interface Part {
        double[][] of(double[][] x);
    }

    private double[][] part(String norm, double[][] x, Part part) {
        return preNorm ? add(x, part.of(norm(norm, x))) : norm(norm, add(x, part.of(x)));
    }

    private double[][] feedForward(String name, double[][] x) {
        double[][] out = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] hidden = linear(name + ".linear1", x[t]);
            for (int i = 0; i < hidden.length; i++) {
                hidden[i] = gelu ? hidden[i] * normal(hidden[i]) : Math.max(hidden[i], 0);
            }
            out[t] = linear(name + ".linear2", hidden);
        }
        return out;
    }

    private double[][] attend(String name, double[][] queries, double[][] keys, double[][] values) {
        double[] w = doubles(name + ".in_proj_weight");
        double[] b = doubles(name + ".in_proj_bias");
        double[][] q = project(queries, w, b, 0);
        double[][] k = project(keys, w, b, width);
        double[][] v = project(values, w, b, 2 * width);
        int size = width / heads;
        double[][] out = new double[q.length][];
        for (int t = 0; t < q.length; t++) {
            double[] mixed = new double[width];
            for (int h = 0; h < heads; h++) {
                double[] weight = new double[k.length];
                double sum = 0;
                for (int s = 0; s < k.length; s++) {
                    double score = 0;
                    for (int c = h * size; c < (h + 1) * size; c++) {
                        score += q[t][c] * k[s][c];
                    }
                    weight[s] = Math.exp(score / Math.sqrt(size));
                    sum += weight[s];
                }
                for (int s = 0; s < k.length; s++) {
                    for (int c = h * size; c < (h + 1) * size; c++) {
                        mixed[c] += weight[s] / sum * v[s][c];
                    }
                }
            }
            out[t] = linear(name + ".out_proj", mixed);
        }
        return out;
    }

    private double[][] project(double[][] x, double[] w, double[] b, int from) {
        double[][] out = new double[x.length][width];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < width; o++) {
                out[t][o] = b[from + o];
                for (int i = 0; i < width; i++) {
                    out[t][o] += w[(from + o) * width + i] * x[t][i];
                }
            }
        }
        return out;
    }

    private double[] linear(String name, double[] x) {
        double[] w = doubles(name + ".weight");
        double[] out = doubles(name + ".bias");
        for (int o = 0; o < out.length; o++) {
            for (int i = 0; i < x.length; i++) {
                out[o] += w[o * x.length + i] * x[i];
            }
        }
        return out;
    }

    private double[][] norm(String name, double[][] x) {
        double[] gamma = doubles(name + ".weight");
        double[] beta = doubles(name + ".bias");
        double[][] out = new double[x.length][width];
        for (int t = 0; t < x.length; t++) {
            double mean = 0;
            for (double value : x[t]) {
                mean += value / width;
            }
            double variance = 0;
            for (double value : x[t]) {
                variance += (value - mean) * (value - mean) / width;
            }
            for (int c = 0; c < width; c++) {
                out[t][c] = (x[t][c] - mean) / Math.sqrt(variance + 1e-5) * gamma[c] + beta[c];
            }
        }
        return out;
    }

    private static double[][] add(double[][] a, double[][] b) {
        double[][] out = new double[a.length][];
        for (int t = 0; t < a.length; t++) {
            out[t] = a[t].clone();
            for (int c = 0; c < out[t].length; c++) {
                out[t][c] += b[t][c];
            }
        }
        return out;
    }

    private double[][] rows(String name, int count) {
        double[] all = doubles(name);
        double[][] rows = new double[count][width];
        for (int t = 0; t < count; t++) {
            System.arraycopy(all, t * width, rows[t], 0, width);
        }
        return rows;
    }

    private double[] doubles(String name) {
        return wide(weights.get(name));
    }

    private static double[] wide(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    /// The normal distribution's integral by its series; the arguments here are small.
    private static double normal(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < 100; n++) {
            term *= x * x / (2 * n + 1);
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }
}
