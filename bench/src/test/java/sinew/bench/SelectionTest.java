package sinew.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import sinew.convert.SyntheticPreset;
import sinew.kernels.WeightType;

class SelectionTest {
    private static final List<WeightType> ALL = List.of(WeightType.values());

    @Test
    void withoutWishesTheMainModelsOfEveryCase() {
        List<Job> jobs = select(List.of(), List.of(), List.of(), List.of(), false);
        assertTrue(jobs.contains(new Job.Unet(SyntheticPreset.DEFAULT_H16, 1, ALL)), jobs.toString());
        assertTrue(jobs.contains(new Job.Unet(SyntheticPreset.DEFAULT_H16, 8, ALL)));
        assertTrue(jobs.contains(new Job.Unet(SyntheticPreset.DEFAULT_H64, 1, ALL)));
        assertTrue(jobs.contains(new Job.Encoder(SyntheticPreset.ENCODER_480, List.of(WeightType.F32))));
        assertTrue(jobs.contains(new Job.Predict(SyntheticPreset.DEFAULT_H16, WeightType.BF16)));
        assertTrue(jobs.contains(new Job.Serve(SyntheticPreset.DEMO, WeightType.BF16)));
        assertTrue(jobs.stream().noneMatch(job -> job.equals(new Job.Predict(SyntheticPreset.DEMO, WeightType.F32))));
    }

    @Test
    void aFullRunLeavesNoPictureSizeNormOrBatchOut() {
        List<Job> jobs = select(List.of(), List.of(), List.of(), List.of(), true);
        for (SyntheticPreset preset : SyntheticPreset.values()) {
            boolean encoder = preset.key().startsWith("encoder-");
            assertEquals(encoder, jobs.contains(new Job.Encoder(preset, ALL)), preset.key());
        }
        assertTrue(jobs.contains(new Job.Unet(SyntheticPreset.DEFAULT_H64, 8, ALL)));
        assertTrue(jobs.contains(new Job.Predict(SyntheticPreset.DEFAULT_H16, WeightType.F32)));
    }

    @Test
    void wishesNarrowTheRun() {
        assertEquals(
                List.of(
                        new Job.Unet(SyntheticPreset.DEFAULT_H16, 3, List.of(WeightType.BF16)),
                        new Job.Predict(SyntheticPreset.DEFAULT_H16, WeightType.BF16)),
                select(List.of(Topic.PREDICT, Topic.UNET), List.of("default-h16"), List.of(WeightType.BF16), List.of(3),
                        false));
    }

    @Test
    void aModelMayBelongToSomeOfTheCases() {
        List<Job> jobs = select(List.of(), List.of("encoder-432x576-bn", "demo"), List.of(), List.of(), false);
        assertTrue(jobs.contains(new Job.Encoder(SyntheticPreset.ENCODER_432_BN, List.of(WeightType.F32))));
        assertTrue(jobs.contains(new Job.Unet(SyntheticPreset.DEMO, 1, ALL)));
    }

    @Test
    void unknownModelsListTheKnownOnesOfTheCases() {
        String message = assertThrows(IllegalArgumentException.class,
                () -> select(List.of(Topic.ENCODER), List.of("default-h16"), List.of(), List.of(), false)).getMessage();
        assertEquals("no config 'default-h16' for encoder: encoder-84x84, encoder-224x224, encoder-480x640, "
                + "encoder-432x576, encoder-84x84-bn, encoder-224x224-bn, encoder-432x576-bn, encoder-480x640-bn",
                message);
    }

    @Test
    void filesAloneAskForNothingElse() {
        Path file = Path.of("a.gguf");
        assertEquals(List.of(new Job.PredictFile(file)),
                new Selection(List.of(), List.of(), List.of(), List.of(), List.of(file), false).jobs());
    }

    @Test
    void everyFigureHasItsOwnName() {
        List<String> ids = select(List.of(), List.of(), List.of(), List.of(), true).stream().map(job -> switch (job) {
            case Job.Unet unet -> unet.id();
            case Job.Encoder encoder -> encoder.id();
            case Job.Predict predict -> predict.id();
            case Job.PredictFile file -> file.id();
            case Job.Serve serve -> serve.id();
        }).toList();
        assertEquals(ids.size(), ids.stream().distinct().count());
        assertTrue(ids.containsAll(Arrays.asList("unet/default-h16/b8", "encoder/84x84-bn/x4", "serve/demo/bf16")));
    }

    private static List<Job> select(List<Topic> topics, List<String> configs, List<WeightType> types,
            List<Integer> batches, boolean full) {
        return new Selection(topics, configs, types, batches, List.of(), full).jobs();
    }
}
