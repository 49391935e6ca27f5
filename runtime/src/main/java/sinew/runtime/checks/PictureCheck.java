package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Image;

/// Whether there is anything to see.
final class PictureCheck {
    private static final double LEAST_DEVIATION = 2; // of 256 levels

    private PictureCheck() {}

    /// @param pictures by camera
    static List<Finding> of(Map<String, Image> pictures) {
        List<Finding> findings = new ArrayList<>();
        List<String> names = new ArrayList<>(pictures.keySet());
        for (int i = 0; i < names.size(); i++) {
            Image picture = pictures.get(names.get(i));
            double[] levels = levels(picture.rgb());
            if (levels[1] < LEAST_DEVIATION) {
                findings.add(Finding.warning("camera " + names.get(i), "shows one colour only, of level "
                        + Math.round(levels[0]), "is its lens covered, is there light, is it the right device?"));
                continue;
            }
            for (int k = i + 1; k < names.size(); k++) {
                if (Arrays.equals(picture.rgb(), pictures.get(names.get(k)).rgb())) {
                    findings.add(Finding.warning("camera " + names.get(i), "shows the same picture as "
                            + names.get(k), "do both have the same index_or_path in --robot.cameras?"));
                }
            }
        }
        return findings;
    }

    /// Mean and standard deviation of all channels.
    private static double[] levels(byte[] rgb) {
        double sum = 0;
        double squares = 0;
        for (byte value : rgb) {
            int level = value & 0xFF;
            sum += level;
            squares += level * level;
        }
        double mean = sum / rgb.length;
        return new double[] {mean, Math.sqrt(Math.max(0, squares / rgb.length - mean * mean))};
    }
}
