package sinew.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;

/// Finds a checkpoint's normalisation and checks that it covers the features. What stays without normalisation is
/// said, because a robot would move by it.
final class NormalizationReader {
    private final PolicyConfig config;
    private final boolean allowUnnormalized;
    private final Problems problems;

    private NormalizationReader(PolicyConfig config, boolean allowUnnormalized, Problems problems) {
        this.config = config;
        this.allowUnnormalized = allowUnnormalized;
        this.problems = problems;
    }

    /// @param weights null when model.safetensors could not be read
    static Normalization read(
            Path folder, SafetensorsFile weights, PolicyConfig config, boolean allowUnnormalized, Problems problems)
            throws IOException {
        NormalizationReader reader = new NormalizationReader(config, allowUnnormalized, problems);
        return reader.check(find(folder, weights, config, problems));
    }

    private static NormalizationHome find(
            Path folder, SafetensorsFile weights, PolicyConfig config, Problems problems) throws IOException {
        if (ProcessorNormalization.isHere(folder)) {
            return new ProcessorNormalization(folder, config, problems).read();
        }
        if (weights != null && LegacyNormalization.isHere(weights)) {
            return LegacyNormalization.read(weights, config);
        }
        if (StatsJsonNormalization.isHere(folder)) {
            return StatsJsonNormalization.read(folder, config, problems);
        }
        problems.note("found no normalisation: no " + ProcessorNormalization.PREPROCESSOR
                + ", no normalize_inputs buffers in model.safetensors, no " + StatsJsonNormalization.FILE);
        return new NormalizationHome("none", NormalizationFormula.PROCESSOR, config.modes(), Map.of(), Map.of(), 0, 0);
    }

    private Normalization check(NormalizationHome home) {
        Map<String, NormalizationMode> modes = new LinkedHashMap<>();
        Map<String, FeatureNormalization> inputs = new LinkedHashMap<>();
        Map<String, Map<String, float[]>> stats = new LinkedHashMap<>();
        for (Feature feature : config.inputs()) {
            Map<String, float[]> known = home.inputs().getOrDefault(feature.name(), Map.of());
            FeatureNormalization map = build(home, feature, known);
            keep(stats, feature, known);
            if (map != null) {
                inputs.put(feature.name(), map);
                modes.put(feature.name(), home.modes().get(feature.name()));
            }
        }
        keep(stats, config.action(), home.action());
        FeatureNormalization action = build(home, config.action(), home.action());
        if (action != null) {
            modes.put(config.action().name(), home.modes().get(config.action().name()));
        }
        return new Normalization(home.name(), modes, inputs, action, stats);
    }

    private static void keep(Map<String, Map<String, float[]>> stats, Feature feature, Map<String, float[]> known) {
        Map<String, float[]> usable = new LinkedHashMap<>(known);
        usable.values().removeIf(v -> v.length != dimensions(feature));
        if (!usable.isEmpty()) {
            stats.put(feature.name(), usable);
        }
    }

    /// Null when the feature is not normalised.
    private FeatureNormalization build(NormalizationHome home, Feature feature, Map<String, float[]> stats) {
        boolean action = feature.type() == FeatureType.ACTION;
        NormalizationMode mode = home.modes().get(feature.name());
        if (mode == null || mode == NormalizationMode.IDENTITY) {
            String why = mode == null
                    ? "the checkpoint's normalisation does not cover type " + feature.type()
                    : "the checkpoint says IDENTITY";
            problems.note(feature.name() + " is NOT normalised (" + why + "): raw values go "
                    + (action ? "from the network to the robot" : "into the network"));
            return null;
        }
        if (mode == NormalizationMode.LINEAR) {
            problems.add("the normalisation of " + feature.name() + " is LINEAR, which LeRobot does not have");
            return null;
        }
        String[] names = NormalizationFormula.needed(mode);
        if (!stats.containsKey(names[0]) || !stats.containsKey(names[1])) {
            missing(home, feature, mode, stats);
            return null;
        }
        float[] first = stats.get(names[0]);
        float[] second = stats.get(names[1]);
        if (!fits(feature, names[0], first) | !fits(feature, names[1], second)) {
            return null;
        }
        if (!plausible(feature, mode, names, first, second)) {
            return null;
        }
        explainConstants(home, feature, mode, names, first, second);
        return action
                ? home.formula().backward(mode, first, second, home.epsOut())
                : home.formula().forward(mode, first, second, home.epsIn());
    }

    private void missing(NormalizationHome home, Feature feature, NormalizationMode mode, Map<String, float[]> stats) {
        String text = feature.name() + " should be normalised by " + mode + ", but the checkpoint has no "
                + String.join(" and ", Arrays.stream(NormalizationFormula.needed(mode))
                        .filter(s -> !stats.containsKey(s)).toList())
                + " for it (" + home.name() + ")";
        if (allowUnnormalized) {
            problems.note(text + ": it is NOT normalised, as was asked for");
        } else {
            problems.add(text + ". LeRobot would pass raw values without a word; if the policy was trained that way,"
                    + " convert with --allow-unnormalized, else copy the statistics beside it");
        }
    }

    private boolean fits(Feature feature, String stat, float[] values) {
        int want = dimensions(feature);
        if (values.length != want) {
            problems.add("statistic " + feature.name() + "." + stat + " has " + values.length + " values, want " + want
                    + ": the statistics belong to other data");
            return false;
        }
        for (int i = 0; i < want; i++) {
            if (!Float.isFinite(values[i])) {
                problems.add("statistic " + feature.name() + "." + stat + "[" + i + "] is " + values[i]
                        + ": it was never computed, or the data had gaps");
                return false;
            }
        }
        return true;
    }

    private boolean plausible(Feature feature, NormalizationMode mode, String[] names, float[] first, float[] second) {
        boolean ok = true;
        for (int i = 0; i < first.length; i++) {
            boolean bad = mode == NormalizationMode.MEAN_STD ? second[i] < 0 : second[i] < first[i];
            if (bad) {
                problems.add("statistics of " + feature.name() + "[" + i + "] cannot be: " + names[0] + " = " + first[i]
                        + ", " + names[1] + " = " + second[i]);
                ok = false;
            }
        }
        return ok;
    }

    /// A dimension that never moved in the data is legal, and a trap at run time.
    private void explainConstants(NormalizationHome home, Feature feature, NormalizationMode mode, String[] names,
            float[] first, float[] second) {
        for (int i = 0; i < first.length; i++) {
            boolean gaussian = mode == NormalizationMode.MEAN_STD;
            if (gaussian ? second[i] != 0 : second[i] != first[i]) {
                continue;
            }
            String fact = feature.name() + "[" + i + "] never changed in training ("
                    + (gaussian ? "std = 0" : names[0] + " = " + names[1] + " = " + first[i]) + "): ";
            if (feature.type() == FeatureType.ACTION) {
                problems.note(fact + "the policy always commands " + first[i] + " there");
            } else {
                problems.note(fact + "LeRobot divides by eps = " + home.epsIn() + " instead, so a reading that differs "
                        + "even a little becomes a huge number and spoils the prediction. Hold it at " + first[i]);
            }
        }
        if (feature.type() != FeatureType.ACTION && home.epsIn() == 0) {
            problems.add("eps of the normaliser is 0, so " + feature.name() + " could be divided by zero");
        }
    }

    private static int dimensions(Feature feature) {
        return feature.type() == FeatureType.VISUAL ? 3 : feature.size();
    }
}
