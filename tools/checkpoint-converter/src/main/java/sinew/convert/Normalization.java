package sinew.convert;

import java.util.Map;
import sinew.engine.policy.NormalizationMode;

/// How a checkpoint's features are normalised, and the statistics behind it.
///
/// @param home   where it was found: `processor`, `legacy`, `stats.json` or `none`
/// @param modes  by feature name, only features that are normalised
/// @param inputs by feature name, only features that are normalised
/// @param action null when actions are in robot units as the network makes them
/// @param stats  raw statistics: feature name -> statistic (min, max, mean, std, q01...) -> values
record Normalization(
        String home,
        Map<String, NormalizationMode> modes,
        Map<String, FeatureNormalization> inputs,
        FeatureNormalization action,
        Map<String, Map<String, float[]>> stats) {}
