package sinew.runtime.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import sinew.runtime.sim.SimVerdict;

class EvalSummaryTest {
    /// Reference values: statsmodels' proportion_confint(k, n, method="wilson").
    @Test
    void wilsonsInterval() {
        assertArrayEquals(new double[] {0.825634, 0.944771}, EvalSummary.wilson(90, 100), 1e-5);
        assertArrayEquals(new double[] {0, 0.036995}, EvalSummary.wilson(0, 100), 1e-5);
        assertArrayEquals(new double[] {0.722467, 1}, EvalSummary.wilson(10, 10), 1e-5);
    }

    @Test
    void countsAndMedians() {
        EvalSummary s = EvalSummary.of(List.of(
                new EpisodeResult(1, new SimVerdict(true, true, 60, 40), new double[] {5, 7}),
                new EpisodeResult(2, new SimVerdict(true, false, 100, 98), new double[] {9}),
                new EpisodeResult(3, new SimVerdict(false, false, 100, 50), new double[] {100})));
        assertEquals(2, s.successes());
        assertEquals(1, s.held());
        assertEquals(2 / 3.0, s.rate());
        assertEquals(98, s.stepsToGo(), "a cube that fell again is no success");
        assertEquals(9, s.predictMs());
        assertEquals(100, s.predictMsP95());
        assertTrue(Double.isNaN(EvalSummary.of(List.of(
                        new EpisodeResult(3, new SimVerdict(false, false, 100, -1), new double[] {1})))
                .stepsToGo()));
    }
}
