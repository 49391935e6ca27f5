package sinew.convert;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;

/// Normalisation in a data set's stats.json beside the weights: the layout of an engine for SO-101 arms that
/// normalises images and state by mean and std, and actions by mean and std where it finds them, whatever the
/// config's mapping says.
final class StatsJsonNormalization {
    static final String FILE = "stats.json";
    private static final float EPS = 1e-6f;

    private StatsJsonNormalization() {}

    static boolean isHere(Path folder) {
        return Files.exists(folder.resolve(FILE));
    }

    static NormalizationHome read(Path folder, PolicyConfig config, Problems problems) throws IOException {
        JsonFields file = JsonFields.read(folder.resolve(FILE), problems);
        Map<String, Map<String, float[]>> stats = new LinkedHashMap<>();
        for (Feature feature : config.features()) {
            stats.put(feature.name(), readFeature(file.object(feature.name())));
        }
        Map<String, NormalizationMode> modes = new LinkedHashMap<>();
        for (Feature feature : config.inputs()) {
            if (feature.type() != FeatureType.ENV) {
                modes.put(feature.name(), NormalizationMode.MEAN_STD);
            }
        }
        Map<String, float[]> action = stats.remove(config.action().name());
        boolean gaussian = action.containsKey("mean") && action.containsKey("std");
        modes.put(config.action().name(), gaussian ? NormalizationMode.MEAN_STD : NormalizationMode.MIN_MAX);
        return new NormalizationHome(FILE, NormalizationFormula.STATS_JSON, modes, stats, action, EPS, EPS);
    }

    private static Map<String, float[]> readFeature(JsonFields feature) {
        Map<String, float[]> stats = new LinkedHashMap<>();
        for (String stat : Statistics.KNOWN) {
            if (feature.isNull(stat)) {
                continue;
            }
            List<Double> values = new ArrayList<>();
            if (flatten(feature.node().get(stat), values)) {
                float[] floats = new float[values.size()];
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = values.get(i).floatValue();
                }
                stats.put(stat, floats);
            } else {
                feature.problem(stat, "is not a list of numbers");
            }
        }
        return stats;
    }

    /// Images come as [[[r]], [[g]], [[b]]].
    private static boolean flatten(JsonNode node, List<Double> out) {
        if (node.isNumber()) {
            out.add(node.doubleValue());
            return true;
        }
        boolean ok = node.isArray();
        for (JsonNode child : node) {
            ok &= flatten(child, out);
        }
        return ok;
    }
}
