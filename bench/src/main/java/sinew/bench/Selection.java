package sinew.bench;

import static sinew.convert.SyntheticPreset.*;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import sinew.convert.SyntheticPreset;
import sinew.kernels.WeightType;

/// What a user wants measured. An empty list means whatever matters most, or with `full` whatever there is.
///
/// @param configs names of presets
/// @param batches of the UNet
/// @param files   weights files to measure predictions of
record Selection(
        List<Topic> topics,
        List<String> configs,
        List<WeightType> types,
        List<Integer> batches,
        List<Path> files,
        boolean full) {
    private static final List<SyntheticPreset> UNETS = List.of(DEFAULT_H16, DEFAULT_H64, DEMO);
    private static final List<SyntheticPreset> ENCODERS = List.of(
            ENCODER_84, ENCODER_224, ENCODER_480, ENCODER_432,
            ENCODER_84_BN, ENCODER_224_BN, ENCODER_432_BN, ENCODER_480_BN);
    private static final List<SyntheticPreset> POLICIES = List.of(DEMO, DEFAULT_H16, DEFAULT_H64);
    /// How many of each list a run without wishes covers.
    private static final int MAIN_UNETS = 2;
    private static final int MAIN_ENCODERS = 3;
    private static final int MAIN_POLICIES = 2;
    private static final List<WeightType> ALL_TYPES = List.of(WeightType.values());

    /// In the order in which they are to run.
    ///
    /// @throws IllegalArgumentException when a config does not exist or belongs to no chosen case
    List<Job> jobs() {
        List<Job> jobs = new ArrayList<>();
        Set<String> unused = new LinkedHashSet<>(configs);
        for (Topic topic : Topic.values()) {
            if (wants(topic)) {
                List<SyntheticPreset> presets = presets(topic);
                presets.forEach(preset -> unused.remove(preset.key()));
                presets.forEach(preset -> add(jobs, topic, preset));
            }
        }
        if (!unused.isEmpty()) {
            throw new IllegalArgumentException(unknown(unused.iterator().next()));
        }
        files.forEach(file -> jobs.add(new Job.PredictFile(file)));
        return jobs;
    }

    /// Files alone ask for nothing else.
    private boolean wants(Topic topic) {
        return topics.isEmpty() ? files.isEmpty() || !configs.isEmpty() : topics.contains(topic);
    }

    private List<SyntheticPreset> presets(Topic topic) {
        List<SyntheticPreset> all = all(topic);
        if (!configs.isEmpty()) {
            return all.stream().filter(preset -> configs.contains(preset.key())).toList();
        }
        if (full) {
            return all;
        }
        return all.subList(0, switch (topic) {
            case UNET -> MAIN_UNETS;
            case ENCODER -> MAIN_ENCODERS;
            case PREDICT, SERVE -> MAIN_POLICIES;
        });
    }

    private static List<SyntheticPreset> all(Topic topic) {
        return switch (topic) {
            case UNET -> UNETS;
            case ENCODER -> ENCODERS;
            case PREDICT, SERVE -> POLICIES;
        };
    }

    private void add(List<Job> jobs, Topic topic, SyntheticPreset preset) {
        switch (topic) {
            case UNET -> batches(preset).forEach(batch -> jobs.add(new Job.Unet(preset, batch, types(ALL_TYPES))));
            case ENCODER -> jobs.add(new Job.Encoder(preset, types(full ? ALL_TYPES : List.of(WeightType.F32))));
            case PREDICT -> types(full ? ALL_TYPES : smallTypes())
                    .forEach(type -> jobs.add(new Job.Predict(preset, type)));
            case SERVE -> types(List.of(WeightType.BF16)).forEach(type -> jobs.add(new Job.Serve(preset, type)));
        }
    }

    private List<Integer> batches(SyntheticPreset preset) {
        if (!batches.isEmpty()) {
            return batches;
        }
        return full || preset == DEFAULT_H16 ? List.of(1, 8) : List.of(1);
    }

    private List<WeightType> types(List<WeightType> otherwise) {
        return types.isEmpty() ? otherwise : types;
    }

    /// What a user who cares for speed would serve.
    private static List<WeightType> smallTypes() {
        return ALL_TYPES.stream().filter(type -> type != WeightType.F32).toList();
    }

    private String unknown(String config) {
        String known = Arrays.stream(Topic.values())
                .filter(this::wants)
                .map(topic -> topic.name().toLowerCase(Locale.ROOT) + ": "
                        + all(topic).stream().map(SyntheticPreset::key).collect(Collectors.joining(", ")))
                .collect(Collectors.joining("; "));
        return "no config '" + config + "' for " + known;
    }
}
