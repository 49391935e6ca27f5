package sinew.convert;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import sinew.convert.safetensors.SafetensorsException;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.engine.policy.Feature;
import sinew.engine.policy.NormalizationMode;

/// Normalisation in processor files (LeRobot 0.4 and later): two JSON pipelines, whose normaliser steps name the
/// safetensors files that hold the statistics.
final class ProcessorNormalization {
    static final String PREPROCESSOR = "policy_preprocessor.json";
    static final String POSTPROCESSOR = "policy_postprocessor.json";

    /// Steps that move data about without changing a number.
    private static final Set<String> HARMLESS = Set.of("to_batch_processor", "device_processor", "tokenizer_processor");

    private static final float DEFAULT_EPS = 1e-8f;

    private final Path folder;
    private final PolicyConfig config;
    private final Problems problems;
    private final Set<String> files = new LinkedHashSet<>();

    private record Step(Map<String, NormalizationMode> modes, Map<String, Map<String, float[]>> stats, float eps) {
        static final Step NONE = new Step(Map.of(), Map.of(), DEFAULT_EPS);
    }

    ProcessorNormalization(Path folder, PolicyConfig config, Problems problems) {
        this.folder = folder;
        this.config = config;
        this.problems = problems;
    }

    static boolean isHere(Path folder) {
        return Files.exists(folder.resolve(PREPROCESSOR)) || Files.exists(folder.resolve(POSTPROCESSOR));
    }

    NormalizationHome read() throws IOException {
        Step in = readPipeline(PREPROCESSOR, "normalizer_processor");
        Step out = readPipeline(POSTPROCESSOR, "unnormalizer_processor");
        Map<String, NormalizationMode> modes = new LinkedHashMap<>(in.modes());
        String action = config.action().name();
        modes.remove(action);
        if (out.modes().containsKey(action)) {
            modes.put(action, out.modes().get(action));
        }
        return new NormalizationHome("processor", NormalizationFormula.PROCESSOR, modes, in.stats(),
                out.stats().getOrDefault(action, Map.of()), in.eps(), out.eps());
    }

    private Step readPipeline(String file, String wanted) throws IOException {
        Path path = folder.resolve(file);
        if (!Files.exists(path)) {
            problems.add(file + " is missing, although the checkpoint has the other half of its processor files. "
                    + "Copy the whole checkpoint");
            return Step.NONE;
        }
        JsonFields pipeline = JsonFields.read(path, problems);
        Step found = null;
        if (!pipeline.has("steps") || !pipeline.node().get("steps").isArray()) {
            pipeline.problem("steps", "is missing or not a list");
            return Step.NONE;
        }
        for (JsonNode node : pipeline.node().get("steps")) {
            JsonFields step = new JsonFields(file, node, problems);
            String name = step.text("registry_name", step.text("class", "(a step without a name)"));
            if (name.equals(wanted)) {
                if (found != null) {
                    pipeline.problem("steps", "has two steps " + wanted + ", sinew knows what one does");
                }
                found = readStep(file, step);
            } else {
                checkOther(file, name, step);
            }
        }
        if (found == null) {
            pipeline.problem("steps", "has no " + wanted);
            return Step.NONE;
        }
        return found;
    }

    private void checkOther(String file, String name, JsonFields step) {
        if (name.equals("rename_observations_processor") || name.equals("rename_processor")) {
            for (String from : step.object("config").object("rename_map").keys()) {
                problems.note(file + " renames " + from + " to "
                        + step.object("config").object("rename_map").text(from, "?")
                        + ": give sinew the new name, it takes features by the policy's own names");
            }
        } else if (!HARMLESS.contains(name) && !isDisabled(step)) {
            problems.add(file + ": step " + name + " may change observations or actions in a way that sinew does not"
                    + " know. It knows normalizer_processor, unnormalizer_processor, rename_observations_processor, "
                    + String.join(", ", HARMLESS.stream().sorted().toList()));
        }
    }

    private static boolean isDisabled(JsonFields step) {
        JsonNode enabled = step.node().path("config").path("enabled");
        return enabled.isBoolean() && !enabled.booleanValue();
    }

    private Step readStep(String file, JsonFields step) throws IOException {
        JsonFields settings = step.object("config");
        float eps = (float) settings.number("eps", DEFAULT_EPS);
        JsonFields mapping = settings.object("norm_map");
        JsonFields covered = settings.object("features");
        JsonNode only = settings.node().get("normalize_observation_keys");
        Map<String, NormalizationMode> modes = new LinkedHashMap<>();
        for (Feature feature : config.features()) {
            boolean chosen = only == null || !only.isArray() || feature == config.action()
                    || contains(only, feature.name());
            if (chosen && covered.has(feature.name()) && mapping.has(feature.type().name())) {
                modes.put(feature.name(), mapping.word(feature.type().name(), NormalizationMode.IDENTITY,
                        NormalizationMode.class));
            }
        }
        return new Step(modes, readState(file, step.text("state_file", null)), eps);
    }

    private static boolean contains(JsonNode list, String name) {
        for (JsonNode entry : list) {
            if (name.equals(entry.textValue())) {
                return true;
            }
        }
        return false;
    }

    private Map<String, Map<String, float[]>> readState(String file, String stateFile) throws IOException {
        if (stateFile == null) {
            return Map.of();
        }
        Path path = folder.resolve(stateFile).normalize();
        if (!path.startsWith(folder.normalize()) || !Files.isRegularFile(path)) {
            problems.add(file + " keeps its statistics in " + stateFile
                    + ", which is not in the checkpoint's directory. "
                    + "Copy the whole checkpoint");
            return Map.of();
        }
        files.add(stateFile);
        try (SafetensorsFile state = SafetensorsFile.open(path)) {
            Map<String, Map<String, float[]>> stats = new LinkedHashMap<>();
            for (SafetensorsTensor tensor : state.tensors()) {
                int dot = tensor.name().lastIndexOf('.');
                if (dot > 0 && Statistics.isKnown(tensor.name().substring(dot + 1))) {
                    stats.computeIfAbsent(tensor.name().substring(0, dot), f -> new LinkedHashMap<>())
                            .put(tensor.name().substring(dot + 1), state.floats(tensor.name()));
                }
            }
            return stats;
        } catch (SafetensorsException e) {
            problems.add(e.getMessage());
            return Map.of();
        }
    }
}
