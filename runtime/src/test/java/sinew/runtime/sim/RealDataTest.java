package sinew.runtime.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.runtime.dataset.LeRobotDataset;

/// Our geometry and units against recordings of real arms: at its lowest the tool touches the table.
class RealDataTest {
    private static LeRobotDataset open(String name) throws IOException {
        Path root = Path.of(System.getProperty("sinew.root"), "../shared/data/so101-real", name);
        assumeTrue(Files.isDirectory(root), "the recordings are not here");
        return LeRobotDataset.open(root);
    }

    private static double toolHeight(float[] state) {
        double[] q = new double[ArmKinematics.JOINTS];
        for (int j = 0; j < q.length; j++) {
            double part = j == ArmKinematics.GRIPPER ? state[j] / 100 : (state[j] + 100) / 200;
            q[j] = ArmKinematics.lower(j) + part * (ArmKinematics.upper(j) - ArmKinematics.lower(j));
        }
        return ArmKinematics.tool(ArmKinematics.forward(Transform.IDENTITY, q)[ArmKinematics.HAND]).z();
    }

    /// Published: mean and deviation over every second episode of the lowest height in each, in millimetres.
    @ParameterizedTest
    @CsvSource({"lift, 25, -5.7, 2.5", "stack, 50, -3.0, 3.3"})
    void theToolReachesTheTable(String name, int episodes, double meanMm, double deviationMm) throws IOException {
        LeRobotDataset dataset = open(name);
        double sum = 0, square = 0;
        for (int e = 0; e < episodes; e++) {
            double lowest = Double.MAX_VALUE;
            for (float[] state : dataset.episodes().get(2 * e).states()) {
                lowest = Math.min(lowest, toolHeight(state));
            }
            sum += 1000 * lowest;
            square += 1e6 * lowest * lowest;
        }
        double mean = sum / episodes, deviation = Math.sqrt((square - episodes * mean * mean) / (episodes - 1));
        System.out.printf("%s: lowest tool height %.2f mm, deviation %.2f%n", name, mean, deviation);
        assertEquals(meanMm, mean, 0.06);
        assertEquals(deviationMm, deviation, 0.06);
    }

    @Test
    void theServosOfTheSimulationAreAsFastAsTheRealOnes() throws IOException {
        double fastest = 0;
        for (LeRobotDataset.Episode episode : open("lift").episodes()) {
            for (int i = 1; i < episode.frames(); i++) {
                double change = episode.states()[i][1] - episode.states()[i - 1][1];
                fastest = Math.max(fastest, Math.abs(change) / 200 * 2 * 1.74533 * 30);
            }
        }
        assertTrue(fastest > 2.5 && fastest < 4.0, "the real shoulder lift moves at " + fastest + " rad/s");
    }
}
