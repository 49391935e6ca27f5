package sinew.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import sinew.bench.Load.Binding;

class FigureTest {
    @Test
    void theTighterLimitBinds() {
        Figure step = Samples.step();
        assertEquals(30, step.limitMillis(Samples.LIMITS), 1e-9);
        assertEquals(0.75, step.share(Samples.LIMITS), 1e-9);
        assertEquals(Binding.READING, step.binding(Samples.LIMITS));
        assertEquals(22.5, step.gigabytesPerSecond(), 1e-9);
        assertEquals(45, step.gigaflopsPerSecond(), 1e-9);

        Figure encoder = Figure.millis("e", new Times(20, 20), List.of(new Load(4e9, 45e6)));
        assertEquals(0.5, encoder.share(Samples.LIMITS), 1e-9);
        assertEquals(Binding.ARITHMETIC, encoder.binding(Samples.LIMITS));
    }

    /// What runs after another cannot overlap: a prediction is bound by arithmetic, then by reading.
    @Test
    void partsAddUp() {
        Figure prediction = Figure.millis(
                "p", new Times(620, 600), List.of(new Load(4e9, 45e6), new Load(1.8e9, 0.9e9).times(10)));
        assertEquals(10 + 300, prediction.limitMillis(Samples.LIMITS), 1e-9);
        assertEquals(0.5, prediction.share(Samples.LIMITS), 1e-9);
        assertEquals(Binding.READING, prediction.binding(Samples.LIMITS));
    }

    @Test
    void whatIsNotCountedHasNoShare() {
        Figure memory = new Figure("m", Figure.MEGABYTES, 600, 600, List.of(), List.of());
        assertTrue(Double.isNaN(memory.share(Samples.LIMITS)));
        assertEquals(Binding.NOTHING, memory.binding(Samples.LIMITS));
    }

    @Test
    void tableShowsShareRatesAndPeers() {
        Figure.Versus peer = new Figure.Versus("onnxruntime-f32", 80, 78, 2, 3e-6);
        List<String> lines = Text.lines(Samples.step().withPeers(List.of(peer)), Samples.LIMITS);
        assertEquals(List.of("unet/default-h16/b1/f32", "40.00", "ms", "38.00", "75%", "reading", "22.5", "45.0"),
                List.of(lines.getFirst().split(" +")));
        assertEquals("  onnxruntime-f32                          80.00 ms      78.00   2.00x our time, outputs within "
                + "3.0e-06", lines.getLast());
        assertEquals(Text.heading().indexOf("share") + 5, lines.getFirst().indexOf("75%") + 3, "columns stand below");
    }

    @Test
    void profileGroupsByKindAndStage() {
        Profile profile = new Profile(List.of(
                new Profile.Call("down0", "down0.res1.conv1", "convolution", 6, new Load(1e9, 90e6)),
                new Profile.Call("down0", "down0.res1.norm1", "norm", 1, new Load(0, 0)),
                new Profile.Call("mid0", "mid0.conv1", "convolution", 3, new Load(400e6, 9e6))));
        List<String> lines = profile.lines(Samples.LIMITS);
        assertEquals("  3 kernel calls, 10.000 ms; the limits of the calls add up to 4.000 ms, 40%", lines.getFirst());
        assertTrue(has(lines, "convolution \\(2\\) +9.000 +44% +reading +█{36}"), String.join("\n", lines));
        assertTrue(has(lines, "down0 \\(2\\) +7.000 +43% +reading +█{28}"));
        assertTrue(has(lines, "down0.res1.conv1 +6.000 +50% +reading +█{24}"));
        assertTrue(has(lines, "down0.res1.norm1 +1.000 +█{4}"));
        assertTrue(has(lines, "mid0.conv1 +3.000 +33% +arithmetic +█{12}"));
    }

    private static boolean has(List<String> lines, String pattern) {
        return lines.stream().anyMatch(line -> line.strip().matches(pattern));
    }

    @Test
    void callsBelongToLevelsAndLayers() {
        assertEquals("down0", Profile.stage("down0.res1.conv1"));
        assertEquals("stem", Profile.stage("rgb_encoder.backbone.0"));
        assertEquals("stem", Profile.stage("stem.maxpool"));
        assertEquals("layer1", Profile.stage("rgb_encoder.backbone.4.0.conv1"));
        assertEquals("layer4", Profile.stage("rgb_encoder.0.backbone.7.1.bn2"));
        assertEquals("pool", Profile.stage("rgb_encoder.0.pool.nets"));
        assertEquals("film", Profile.stage("film"));
    }

    @Test
    void outputsAreComparedByTheirLargestValue() {
        assertEquals(0.5, Outputs.deviation(new float[] {0, 0.1f}, new float[] {0.5f, 0.1f}), 1e-6);
        assertEquals(0.05, Outputs.deviation(new float[] {0, -10}, new float[] {0.5f, -10}), 1e-6);
        assertEquals(Double.POSITIVE_INFINITY, Outputs.deviation(new float[] {1}, new float[] {Float.NaN}));
        assertEquals(Double.POSITIVE_INFINITY, Outputs.deviation(new float[] {1}, new float[] {1, 1}));
    }
}
