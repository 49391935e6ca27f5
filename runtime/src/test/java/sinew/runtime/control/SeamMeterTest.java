package sinew.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SeamMeterTest {
    private final SeamMeter meter = new SeamMeter(SeamRule.CUT);
    private int step;

    private void add(double value, boolean begins, boolean inSeam, boolean stood) {
        meter.add(++step, new float[] {(float) value, 0}, begins, inSeam, stood);
    }

    private void add(double... values) {
        for (double value : values) {
            add(value, false, false, false);
        }
    }

    @Test
    void aSmoothTakeoverIsAsTheRest() {
        add(0, 1, 2);
        add(3, true, true, false);
        add(4, 5);
        SeamSummary seams = meter.summary(true);
        assertEquals(List.of(new Seam(4, 1, 0)), seams.each());
        assertEquals(1, seams.elsewherePosition());
        assertEquals(0, seams.elsewhereVelocity());
    }

    @Test
    void aJumpCountsInBothAndASpreadSeamWithItsWorstStep() {
        add(0, 1, 2);
        add(3, true, true, false);
        add(7, false, true, false);
        add(8, 9);
        assertEquals(List.of(new Seam(4, 4, 3)), meter.summary(true).each());
    }

    @Test
    void standingStillLosesAllVelocity() {
        add(0, 5, 10);
        add(12, true, true, true);
        add(14);
        assertEquals(List.of(new Seam(4, 2, 5)), meter.summary(true).each(), "from 5 to nothing, then from nothing to 2");
    }

    @Test
    void aNewChunkWithinASeamBeginsANewSeam() {
        add(0, 1, 2);
        add(4, true, true, false);
        add(6, true, true, false);
        assertEquals(List.of(new Seam(4, 2, 1), new Seam(5, 2, 0)), meter.summary(true).each());
        assertEquals(2, meter.summary(true).count());
    }
}
