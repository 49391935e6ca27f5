package sinew.engine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TemporalEnsembleTest {
    private static final int TICKS = 6;
    private static final int ROWS = 20;
    private static final int DIM = 6;

    /// Six chunks and the actions that LeRobot's ACTTemporalEnsembler made of them, with a coefficient of 0.01.
    @Test
    void followsTheRecording() throws IOException {
        Path file = Path.of("src/test/resources/goldens/act-ensemble/chunks-then-actions.f32");
        FloatBuffer recorded =
                ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        float[][] chunks = new float[TICKS][ROWS * DIM];
        float[][] actions = new float[TICKS][DIM];
        for (float[] chunk : chunks) {
            recorded.get(chunk);
        }
        for (float[] action : actions) {
            recorded.get(action);
        }
        TemporalEnsemble ensemble = new TemporalEnsemble(0.01, ROWS, DIM);
        for (int round = 0; round < 2; round++) {
            for (int tick = 0; tick < TICKS; tick++) {
                float[] action = new float[DIM];
                ensemble.next(chunks[tick], action);
                assertArrayEquals(actions[tick], action, 2e-7f, "tick " + tick);
            }
            ensemble.reset();
        }
    }

    /// The definition, over more ticks than a chunk has rows; a positive coefficient trusts the oldest most.
    @Test
    void weighsAsDefined() {
        int rows = 4;
        double coefficient = 0.7;
        TemporalEnsemble ensemble = new TemporalEnsemble(coefficient, rows, 1);
        for (int tick = 0; tick < 11; tick++) {
            float[] chunk = new float[rows];
            for (int row = 0; row < rows; row++) {
                chunk[row] = value(tick, row);
            }
            float[] action = new float[1];
            ensemble.next(chunk, action);
            double sum = 0;
            double weights = 0;
            int oldest = Math.max(0, tick - rows + 1);
            for (int from = oldest; from <= tick; from++) {
                double weight = Math.exp(-coefficient * (from - oldest));
                sum += weight * value(from, tick - from);
                weights += weight;
            }
            assertEquals(sum / weights, action[0], 1e-6, "tick " + tick);
        }
    }

    private static float value(int tick, int row) {
        return (float) Math.sin(13 * tick + 7 * row);
    }
}
