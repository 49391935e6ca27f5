package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import sinew.engine.policy.NormalizationMode;

/// The formulas of the three homes, on numbers worked out by hand.
class NormalizationFormulaTest {
    private static final float EPS = 1e-8f;

    @Test
    void processorReplacesOnlyAZeroRange() {
        FeatureNormalization in = NormalizationFormula.PROCESSOR.forward(
                NormalizationMode.MIN_MAX, new float[] {-10, 5}, new float[] {30, 5}, EPS);
        assertEquals(0.5f, forward(in, 0, 20));
        assertEquals(-1, forward(in, 1, 5));
        FeatureNormalization out = NormalizationFormula.PROCESSOR.backward(
                NormalizationMode.MIN_MAX, new float[] {-10, 5}, new float[] {30, 5}, EPS);
        assertEquals(20, backward(out, 0, 0.5f));
        assertEquals(5, backward(out, 1, 1));
    }

    @Test
    void epsJoinsStdOnTheWayInOnly() {
        float[] mean = {2};
        float[] std = {0};
        for (NormalizationFormula formula : NormalizationFormula.values()) {
            float eps = formula == NormalizationFormula.STATS_JSON ? 1e-6f : EPS;
            assertArrayEquals(new float[] {eps},
                    formula.forward(NormalizationMode.MEAN_STD, mean, std, eps).scale(), formula.name());
            assertArrayEquals(new float[] {0}, formula.backward(NormalizationMode.MEAN_STD, mean, std, eps).scale());
        }
    }

    @Test
    void legacyAddsEpsToEveryRangeOnTheWayIn() {
        float[] min = {0, 0};
        float[] max = {0, 1e-8f};
        FeatureNormalization in = NormalizationFormula.LEGACY.forward(NormalizationMode.MIN_MAX, min, max, EPS);
        assertArrayEquals(new float[] {0.5e-8f, 1e-8f}, in.scale());
        FeatureNormalization out = NormalizationFormula.LEGACY.backward(NormalizationMode.MIN_MAX, min, max, EPS);
        assertArrayEquals(new float[] {0, 0.5e-8f}, out.scale());
    }

    @Test
    void quantilesAreRangesToo() {
        for (NormalizationMode mode : new NormalizationMode[] {NormalizationMode.QUANTILES,
                NormalizationMode.QUANTILE10}) {
            FeatureNormalization in =
                    NormalizationFormula.PROCESSOR.forward(mode, new float[] {1}, new float[] {3}, EPS);
            assertEquals(0, forward(in, 0, 2));
        }
        assertArrayEquals(new String[] {"q01", "q99"}, NormalizationFormula.needed(NormalizationMode.QUANTILES));
        assertArrayEquals(new String[] {"q10", "q90"}, NormalizationFormula.needed(NormalizationMode.QUANTILE10));
    }

    private static float forward(FeatureNormalization n, int i, float x) {
        return (x - n.center()[i]) / n.scale()[i] + n.shift()[i];
    }

    private static float backward(FeatureNormalization n, int i, float y) {
        return (y - n.shift()[i]) * n.scale()[i] + n.center()[i];
    }
}
