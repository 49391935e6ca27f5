package sinew.convert;

import java.util.Map;
import sinew.engine.policy.NormalizationMode;

/// What one home of normalisation says, before it is checked against the features.
///
/// @param modes  by feature name; a feature that is absent is not normalised there
/// @param inputs statistics of the way in: feature -> statistic -> values
/// @param action statistics of the way out
/// @param epsIn  eps of the way in
/// @param epsOut eps of the way out
record NormalizationHome(
        String name,
        NormalizationFormula formula,
        Map<String, NormalizationMode> modes,
        Map<String, Map<String, float[]>> inputs,
        Map<String, float[]> action,
        float epsIn,
        float epsOut) {}
