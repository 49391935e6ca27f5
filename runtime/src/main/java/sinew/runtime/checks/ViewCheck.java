package sinew.runtime.checks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sinew.engine.features.EncoderView;
import sinew.engine.policy.Feature;
import sinew.engine.policy.Image;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.runtime.camera.PngFile;

/// What resize and crop leave of each picture, also as files to look at.
final class ViewCheck {
    private static final double LITTLE = 0.5;

    private ViewCheck() {}

    /// Writes `CAMERA.png` and, where the policy's crop is known, `CAMERA-policy.png`.
    ///
    /// @param pictures by camera; those that the policy does not want are written all the same
    static List<Finding> of(PolicyFacts policy, Body body, Map<String, Image> pictures, Path folder) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (Map.Entry<String, Image> picture : pictures.entrySet()) {
            PngFile.write(picture.getValue(), folder.resolve(picture.getKey() + ".png"));
        }
        TaskFit fit = new TaskFit(policy);
        for (Feature camera : policy.cameras()) {
            String source = fit.source(camera, body);
            Image picture = source == null ? null : pictures.get(source);
            boolean fits = picture != null && picture.height() == camera.shape().get(1)
                    && picture.width() == camera.shape().get(2);
            if (fits && policy.vision() != null) {
                Path file = folder.resolve(source + "-policy.png");
                PngFile.write(EncoderView.of(picture, policy.vision()), file);
                findings.add(finding("camera " + source, new Size(picture.height(), picture.width()), policy.vision(),
                        file));
            } else if (fits) {
                findings.add(Finding.ok("camera " + source, "its picture is in " + folder.resolve(source + ".png")
                        + "; the server does not tell what of it the policy sees"));
            }
        }
        return findings;
    }

    private static Finding finding(String topic, Size picture, VisionSpec vision, Path file) {
        Size resized = vision.resize() == null ? picture : vision.resize();
        Size seen = vision.crop() == null ? resized : vision.crop();
        double share = Math.min(1, (double) seen.height() / resized.height())
                * Math.min(1, (double) seen.width() / resized.width());
        String words = String.format(Locale.ROOT, "of %s the policy sees %.0f%% at %s (%s)", TaskFit.words(picture),
                100 * share, TaskFit.words(seen), file);
        return share >= LITTLE ? Finding.ok(topic, words) : Finding.warning(topic, words, "that is how it was trained;"
                + " look at the picture, and whether what matters is in it");
    }
}
