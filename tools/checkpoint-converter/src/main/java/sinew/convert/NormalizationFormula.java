package sinew.convert;

import sinew.engine.policy.NormalizationMode;

/// The arithmetic of a home of normalisation, in float32 as its authors compute it. A factor of two is moved from
/// the numerator to the denominator, which is exact in binary.
enum NormalizationFormula {
    /// LeRobot's normaliser steps (0.4 and later): eps joins std; it replaces a range only where that is zero.
    PROCESSOR,
    /// LeRobot's normalisation modules (up to 0.3): eps joins std and range on the way in, neither on the way out.
    LEGACY,
    /// The engine that reads stats.json: eps is 1e-6 and joins std on the way in.
    STATS_JSON;

    /// The two statistics that a mode needs: offset and spread, or lower and upper end.
    static String[] needed(NormalizationMode mode) {
        return switch (mode) {
            case IDENTITY, LINEAR -> new String[0];
            case MEAN_STD -> new String[] {"mean", "std"};
            case MIN_MAX -> new String[] {"min", "max"};
            case QUANTILES -> new String[] {"q01", "q99"};
            case QUANTILE10 -> new String[] {"q10", "q90"};
        };
    }

    /// From robot units to the network's.
    FeatureNormalization forward(NormalizationMode mode, float[] first, float[] second, float eps) {
        return affine(mode, first, second, eps, true);
    }

    /// The map whose inverse takes the network's units to the robot's.
    FeatureNormalization backward(NormalizationMode mode, float[] first, float[] second, float eps) {
        return affine(mode, first, second, eps, false);
    }

    private FeatureNormalization affine(
            NormalizationMode mode, float[] first, float[] second, float eps, boolean forward) {
        int n = first.length;
        float[] center = first.clone();
        float[] scale = new float[n];
        float[] shift = new float[n];
        for (int i = 0; i < n; i++) {
            if (mode == NormalizationMode.MEAN_STD) {
                scale[i] = forward ? second[i] + eps : second[i];
            } else {
                scale[i] = range(second[i] - first[i], eps, forward) / 2;
                shift[i] = -1;
            }
        }
        return new FeatureNormalization(center, scale, shift);
    }

    private float range(float range, float eps, boolean forward) {
        return switch (this) {
            case PROCESSOR -> range == 0 ? eps : range;
            case LEGACY -> forward ? range + eps : range;
            case STATS_JSON -> range;
        };
    }
}
