package sinew.convert;

import java.util.LinkedHashMap;
import java.util.Map;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.Feature;

/// Normalisation in buffers inside model.safetensors (LeRobot up to 0.3):
/// `normalize_inputs.buffer_<feature, dots as underscores>.<statistic>`. A buffer is found from its feature's name,
/// never the other way round, because `a.b_c` and `a_b.c` share one.
final class LegacyNormalization {
    private static final String INPUTS = "normalize_inputs.buffer_";
    private static final String TARGETS = "normalize_targets.buffer_";
    private static final String OUTPUTS = "unnormalize_outputs.buffer_";
    private static final float EPS = 1e-8f;

    private LegacyNormalization() {}

    static boolean isBuffer(String tensor) {
        return tensor.startsWith(INPUTS) || tensor.startsWith(TARGETS) || tensor.startsWith(OUTPUTS);
    }

    static boolean isHere(SafetensorsFile weights) {
        return weights.tensors().stream().map(SafetensorsTensor::name).anyMatch(LegacyNormalization::isBuffer);
    }

    static NormalizationHome read(SafetensorsFile weights, PolicyConfig config) {
        Map<String, Map<String, float[]>> inputs = new LinkedHashMap<>();
        for (Feature feature : config.inputs()) {
            inputs.put(feature.name(), buffers(weights, INPUTS, feature));
        }
        return new NormalizationHome("legacy", NormalizationFormula.LEGACY, config.modes(), inputs,
                buffers(weights, OUTPUTS, config.action()), EPS, EPS);
    }

    private static Map<String, float[]> buffers(SafetensorsFile weights, String prefix, Feature feature) {
        Map<String, float[]> stats = new LinkedHashMap<>();
        for (String stat : Statistics.KNOWN) {
            String name = prefix + feature.name().replace('.', '_') + "." + stat;
            if (weights.has(name)) {
                stats.put(stat, weights.floats(name));
            }
        }
        return stats;
    }
}
