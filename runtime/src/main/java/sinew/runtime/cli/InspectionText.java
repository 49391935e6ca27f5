package sinew.runtime.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sinew.convert.Inspection;
import sinew.engine.policy.ClipTextSpec;
import sinew.engine.policy.ClipVisionSpec;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.DitSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.NormalizationMode;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.TransformerSpec;
import sinew.engine.policy.UnetSpec;
import sinew.engine.policy.VisionSpec;

/// An inspection as text for people.
final class InspectionText {
    private final Inspection inspection;
    private final PrintWriter out;

    InspectionText(Inspection inspection, PrintWriter out) {
        this.inspection = inspection;
        this.out = out;
    }

    void print(boolean tensors) {
        PolicySpec spec = inspection.spec();
        out.printf("%s%n", inspection.path());
        line("kind", inspection.kind() + ", " + Sizes.bytes(inspection.bytes()));
        line("source", source());
        line("policy", spec.type());
        line("observations", spec.nObsSteps() + (spec.nObsSteps() == 1 ? " step" : " steps") + " per prediction");
        line("actions", "horizon " + spec.horizon() + ", " + spec.nActionSteps() + " executed per prediction"
                + (spec instanceof DiffusionSpec diffusion ? ", from row " + diffusion.actionStart() : ""));
        if (spec instanceof DiffusionSpec diffusion) {
            print(diffusion);
        }
        spec.details().forEach(this::line);
        printFeatures(spec);
        printParts();
        if (tensors) {
            printTensors();
        }
        list("notes", inspection.notes());
        list("problems (it cannot be converted)", inspection.problems());
    }

    private String source() {
        Map<String, String> source = inspection.source();
        String sha = source.get("sha256");
        return source.get("name")
                + " (" + source.get("format") + ", normalisation: " + source.get("normalization") + ")"
                + (sha == null ? "" : ", sha256 " + sha);
    }

    private void print(DiffusionSpec spec) {
        SchedulerSpec scheduler = spec.scheduler();
        line("scheduler", scheduler.kind().isFlow()
                ? "flow matching, " + scheduler.kind().word() + " in " + scheduler.numInferenceSteps() + " steps"
                : String.format(Locale.ROOT, "%s, %d of %d steps, %s, predicts %s, clip %s",
                scheduler.kind().word(), scheduler.numInferenceSteps(), scheduler.numTrainTimesteps(),
                lower(scheduler.betaSchedule()), lower(scheduler.predictionType()),
                scheduler.clipSample() ? "+-" + scheduler.clipSampleRange() : "off"));
        if (spec.observations() == DiffusionSpec.Observations.INPAINTING) {
            line("inpainting", "observations are columns of the sample, given at every step");
        }
        switch (spec.denoiser()) {
            case UnetSpec unet -> line("unet", "channels " + unet.downDims() + ", kernel " + unet.kernelSize() + ", "
                    + unet.nGroups() + " groups, step embedding " + unet.stepEmbedDim()
                    + ", FiLM " + (unet.filmScale() ? "scale and shift" : "shift"));
            case TransformerSpec transformer -> line("transformer", transformer.layers() + " layers, "
                    + transformer.heads() + " heads, width " + transformer.width()
                    + (transformer.causal() ? ", causal" : ", not causal") + (transformer.timeAsCondition()
                    ? ", condition through " + (transformer.conditionLayers() == 0 ? "two linear layers"
                    : transformer.conditionLayers() + " layers") : ", encoder only"));
            case DitSpec dit -> line("transformer", dit.layers() + " blocks with modulated norms, " + dit.heads()
                    + " heads, width " + dit.width() + ", step embedding " + dit.stepEmbedDim() + ", "
                    + (dit.ropeBase() == null ? "" : "rotary ") + (dit.positions() ? "learned " : "")
                    + (dit.ropeBase() == null && !dit.positions() ? "no positions" : "positions"));
        }
        VisionSpec vision = spec.vision();
        if (vision != null) {
            ClipVisionSpec clip = vision.clip();
            line("vision", clip != null
                    ? "CLIP, " + clip.layers() + " layers, width " + clip.width() + ", patches of " + clip.patch()
                    + " pixels, " + (vision.separateEncoders() ? "one tower per camera" : "one tower for all cameras")
                    : vision.backbone() + " with " + (vision.groupNorm() ? "GroupNorm" : "BatchNorm (folded)")
                    + ", "
                    + (vision.separateEncoders() ? "one encoder per camera" : "one encoder for all cameras") + ", "
                    + (vision.numKeypoints() > 0 ? vision.numKeypoints() + " keypoints" : "average over positions"));
            line("pictures", (vision.resize() == null ? "no resize" : "resize to " + size(vision.resize()) + " ("
                    + lower(vision.resizeMode()) + ")") + ", "
                    + (vision.crop() == null ? "no crop" : "centre crop to " + size(vision.crop())));
        }
        ClipTextSpec text = spec.text();
        if (text != null) {
            line("text", "CLIP, " + text.layers() + " layers, width " + text.width() + ", " + text.vocabulary()
                    + " tokens, instructions of " + text.length());
        }
    }

    private void printFeatures(PolicySpec spec) {
        out.println();
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"feature", "type", "shape", "normalised by", "range in the training data"});
        List<Feature> features = new ArrayList<>(spec.inputs());
        features.add(spec.action());
        for (Feature feature : features) {
            NormalizationMode mode = spec.normalization().get(feature.name());
            rows.add(new String[] {feature.name(), lower(feature.type()), feature.shape().toString(),
                mode == null ? "NOT normalised" : lower(mode), range(feature)});
        }
        table(rows, false);
    }

    private String range(Feature feature) {
        Map<String, double[]> stats = inspection.stats().getOrDefault(feature.name(), Map.of());
        String first = stats.containsKey("min") && feature.type() != FeatureType.VISUAL ? "min" : "mean";
        double[] a = stats.get(first);
        double[] b = stats.get(first.equals("min") ? "max" : "std");
        if (a == null || b == null) {
            return "unknown";
        }
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < a.length; i++) {
            parts.add(first.equals("min")
                    ? String.format(Locale.ROOT, "%.4g..%.4g", a[i], b[i])
                    : String.format(Locale.ROOT, "%.3f+-%.3f", a[i], b[i]));
        }
        return String.join(" ", parts);
    }

    private void printParts() {
        out.println();
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"part", "parameters", "stored"});
        for (Inspection.Part part : inspection.parts()) {
            rows.add(new String[] {part.name(), number(part.parameters()), Sizes.bytes(part.bytes())});
        }
        rows.add(new String[] {"all", number(inspection.parameters()),
            Sizes.bytes(inspection.parts().stream().mapToLong(Inspection.Part::bytes).sum())});
        table(rows, true);
        printTypes();
    }

    private void printTypes() {
        out.println();
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"stored as", "tensors", "values", "stored"});
        for (Inspection.TypeTotal t : inspection.types()) {
            rows.add(new String[] {t.type(), number(t.tensors()), number(t.values()), Sizes.bytes(t.bytes())});
        }
        table(rows, true);
    }

    private void printTensors() {
        out.println();
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"tensor", "type", "shape", "stored"});
        for (Inspection.StoredTensor t : inspection.tensors()) {
            rows.add(new String[] {t.name(), t.type(), t.shape().toString(), Sizes.bytes(t.bytes())});
        }
        table(rows, false);
    }

    private void list(String title, List<String> entries) {
        if (!entries.isEmpty()) {
            out.printf("%n%s:%n", title);
            entries.forEach(e -> out.println("  - " + e));
        }
    }

    private void line(String name, String value) {
        out.printf("  %-13s %s%n", name, value);
    }

    private void table(List<String[]> rows, boolean numbers) {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder text = new StringBuilder("  ");
            for (int i = 0; i < row.length; i++) {
                String gap = " ".repeat(widths[i] - row[i].length());
                text.append(numbers && i > 0 ? gap + row[i] : row[i] + gap).append("  ");
            }
            out.println(text.toString().stripTrailing());
        }
    }

    private static String number(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    private static String size(VisionSpec.Size size) {
        return size.height() + "x" + size.width();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
