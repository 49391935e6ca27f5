package sinew.engine.policy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import sinew.engine.weights.Metadata;
import sinew.engine.weights.TensorDeclaration;
import sinew.engine.weights.WeightsFormatException;

/// A policy's spec as metadata of a weights file, and back. docs/weights-format.md lists the keys.
public final class SpecMetadata {
    private static final int MOST = 1 << 16;
    private static final int MOST_VALUES = 1 << 28;
    private static final int MOST_OBSERVATIONS = 256;
    private static final int MOST_KEYPOINTS = 4096;
    private static final int MOST_LAYERS = 1024;
    private static final Pattern BACKBONE = Pattern.compile("resnet(18|34|50|101|152)");
    /// Version of the layout that docs/weights-format.md describes.
    private static final int FORMAT = 2;
    private static final String FORMAT_KEY = "sinew.format.version";
    private static final String TYPE = "sinew.policy.type";
    private static final String INPUTS = "sinew.inputs";
    private static final String ACTION = "sinew.action";
    private static final String DIFFUSION = "sinew.diffusion.";
    private static final String UNET = DIFFUSION + "unet.";
    private static final String TRANSFORMER = DIFFUSION + "transformer.";
    private static final String NETWORK = DIFFUSION + "network";
    private static final String OBSERVATIONS = DIFFUSION + "observations";
    private static final String ACTION_START = DIFFUSION + "action_start";
    private static final String VISION = DIFFUSION + "vision.";
    private static final String SCHEDULER = DIFFUSION + "scheduler.";

    private final Metadata metadata;

    private SpecMetadata(Metadata metadata) {
        this.metadata = metadata;
    }

    /// Prefix of the tensors that normalise a feature: `normalize.<feature>`, or `unnormalize.<feature>` for the
    /// action. Where `<feature>` would make a name too long for GGUF, `input.<position among the inputs>` stands
    /// in its place.
    public static String normalizationPrefix(PolicySpec spec, Feature feature) {
        String verb = feature.type() == FeatureType.ACTION ? "unnormalize." : "normalize.";
        String longest = verb + feature.name() + ".center";
        if (longest.getBytes(StandardCharsets.UTF_8).length <= TensorDeclaration.MAX_NAME_BYTES) {
            return verb + feature.name();
        }
        return verb + (feature.type() == FeatureType.ACTION ? "action" : "input." + spec.inputs().indexOf(feature));
    }

    /// The smallest and largest values of the vector features, `sinew.stats.<feature>.min` and `.max`, where both are
    /// there and fit the feature.
    public static Map<String, ValueRange> ranges(PolicySpec spec, Metadata metadata) {
        List<Feature> features = new ArrayList<>(spec.inputs());
        features.add(spec.action());
        Map<String, ValueRange> ranges = new LinkedHashMap<>();
        for (Feature feature : features) {
            String key = "sinew.stats." + feature.name();
            if (feature.type() == FeatureType.VISUAL || !metadata.has(key + ".min") || !metadata.has(key + ".max")) {
                continue;
            }
            float[] min = floats(metadata.numbers(key + ".min"));
            float[] max = floats(metadata.numbers(key + ".max"));
            if (min.length == feature.size() && max.length == feature.size()) {
                ranges.put(feature.name(), new ValueRange(min, max));
            }
        }
        return ranges;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /// Adds the spec's keys.
    public static void write(PolicySpec spec, Metadata.Builder out) {
        out.put(FORMAT_KEY, FORMAT);
        out.put(TYPE, spec.type());
        writeFeatures(spec, out);
        switch (spec) {
            case DiffusionSpec diffusion -> write(diffusion, out);
            case ActSpec act -> ActMetadata.write(act, out);
        }
    }

    /// Inputs and action, their types, shapes and normalisation: the same keys for every family.
    private static void writeFeatures(PolicySpec spec, Metadata.Builder out) {
        out.putStrings(INPUTS, spec.inputs().stream().map(Feature::name).toList());
        out.put(ACTION, spec.action().name());
        List<Feature> features = new ArrayList<>(spec.inputs());
        features.add(spec.action());
        for (Feature feature : features) {
            String key = "sinew.feature." + feature.name();
            out.put(key + ".type", lower(feature.type()));
            out.putIntegers(key + ".shape", feature.shape());
            NormalizationMode mode = spec.normalization().get(feature.name());
            if (mode != null) {
                out.put(key + ".normalization", lower(mode));
            }
        }
    }

    private static void write(DiffusionSpec spec, Metadata.Builder out) {
        out.put(DIFFUSION + "n_obs_steps", spec.nObsSteps());
        out.put(DIFFUSION + "horizon", spec.horizon());
        out.put(DIFFUSION + "n_action_steps", spec.nActionSteps());
        if (spec.origin() != DiffusionSpec.Origin.LEROBOT) {
            out.put(ACTION_START, spec.actionStart());
            out.put(OBSERVATIONS, lower(spec.observations()));
        }
        switch (spec.denoiser()) {
            case UnetSpec unet -> write(unet, out);
            case TransformerSpec transformer -> write(transformer, out);
            case DitSpec dit -> MultiTaskDitMetadata.write(dit, out);
        }
        if (spec.vision() != null) {
            write(spec.vision(), out);
        }
        write(spec.scheduler(), out);
        if (spec.text() != null) {
            MultiTaskDitMetadata.write(spec.text(), out);
        }
    }

    private static void write(UnetSpec unet, Metadata.Builder out) {
        out.putIntegers(UNET + "down_dims", unet.downDims());
        out.put(UNET + "kernel_size", unet.kernelSize());
        out.put(UNET + "n_groups", unet.nGroups());
        out.put(UNET + "step_embed_dim", unet.stepEmbedDim());
        out.put(UNET + "film_scale", unet.filmScale());
    }

    private static void write(TransformerSpec transformer, Metadata.Builder out) {
        out.put(NETWORK, "transformer");
        out.put(TRANSFORMER + "layers", transformer.layers());
        out.put(TRANSFORMER + "heads", transformer.heads());
        out.put(TRANSFORMER + "width", transformer.width());
        out.put(TRANSFORMER + "condition_layers", transformer.conditionLayers());
        out.put(TRANSFORMER + "causal", transformer.causal());
        out.put(TRANSFORMER + "time_as_condition", transformer.timeAsCondition());
    }

    private static void write(VisionSpec vision, Metadata.Builder out) {
        out.put(VISION + "backbone", vision.backbone());
        out.put(VISION + "group_norm", vision.groupNorm());
        if (vision.resize() != null) {
            out.putIntegers(VISION + "resize", List.of(vision.resize().height(), vision.resize().width()));
            out.put(VISION + "resize_mode", lower(vision.resizeMode()));
        }
        if (vision.crop() != null) {
            out.putIntegers(VISION + "crop", List.of(vision.crop().height(), vision.crop().width()));
        }
        out.put(VISION + "num_keypoints", vision.numKeypoints());
        if (vision.clip() != null) {
            MultiTaskDitMetadata.write(vision.clip(), out);
        }
        out.put(VISION + "separate_encoders", vision.separateEncoders());
    }

    private static void write(SchedulerSpec scheduler, Metadata.Builder out) {
        out.put(SCHEDULER + "type", lower(scheduler.kind()));
        out.put(SCHEDULER + "num_train_timesteps", scheduler.numTrainTimesteps());
        out.put(SCHEDULER + "beta_schedule", lower(scheduler.betaSchedule()));
        out.put(SCHEDULER + "beta_start", scheduler.betaStart());
        out.put(SCHEDULER + "beta_end", scheduler.betaEnd());
        out.put(SCHEDULER + "prediction_type", lower(scheduler.predictionType()));
        out.put(SCHEDULER + "clip_sample", scheduler.clipSample());
        out.put(SCHEDULER + "clip_sample_range", scheduler.clipSampleRange());
        out.put(SCHEDULER + "num_inference_steps", scheduler.numInferenceSteps());
    }

    /// Reads a spec whose every number is checked for a sane range.
    ///
    /// @throws WeightsFormatException names the file and the key
    public static PolicySpec read(Metadata metadata) {
        long format = metadata.integer(FORMAT_KEY);
        if (format != FORMAT) {
            throw metadata.problem(FORMAT_KEY, "is " + format + ": " + (format < FORMAT ? "an older" : "a newer")
                    + " sinew wrote this file, and this one reads " + FORMAT + ". Convert the checkpoint again:"
                    + " sinew convert DIR -o FILE");
        }
        String type = metadata.string(TYPE);
        SpecMetadata reader = new SpecMetadata(metadata);
        for (DiffusionSpec.Origin origin : DiffusionSpec.Origin.values()) {
            if (origin.type().equals(type)) {
                return reader.diffusion(origin);
            }
        }
        return switch (type) {
            case "act" -> new ActMetadata(metadata, reader.features()).read();
            default -> throw metadata.problem(TYPE, "is \"" + type
                    + "\", this version of sinew runs: diffusion, diffusion_policy, multi_task_dit, act");
        };
    }

    /// What every family has.
    record Features(List<Feature> inputs, Feature action, Map<String, NormalizationMode> normalization) {
        List<Feature> cameras() {
            return inputs.stream().filter(f -> f.type() == FeatureType.VISUAL).toList();
        }
    }

    private Features features() {
        List<Feature> inputs = new ArrayList<>();
        Map<String, NormalizationMode> normalization = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        for (String name : metadata.strings(INPUTS)) {
            if (!names.add(name)) {
                throw metadata.problem(INPUTS, "names " + name + " twice");
            }
            inputs.add(feature(name, normalization));
        }
        Feature action = feature(metadata.string(ACTION), normalization);
        checkFeatures(inputs, action);
        return new Features(inputs, action, normalization);
    }

    private DiffusionSpec diffusion(DiffusionSpec.Origin origin) {
        Features features = features();
        List<Feature> inputs = features.inputs();
        int horizon = metadata.integer(DIFFUSION + "horizon", 1, MOST);
        DenoiserSpec denoiser = denoiser(horizon);
        boolean inpainting = metadata.has(OBSERVATIONS)
                && word(DiffusionSpec.Observations.class, OBSERVATIONS) == DiffusionSpec.Observations.INPAINTING;
        int mostObservations = inpainting ? Math.min(horizon, MOST_OBSERVATIONS) : MOST_OBSERVATIONS;
        int obsSteps = metadata.integer(DIFFUSION + "n_obs_steps", 1, mostObservations);
        int start = metadata.has(ACTION_START) ? metadata.integer(ACTION_START, 0, horizon - 1) : obsSteps - 1;
        int actionSteps = metadata.integer(DIFFUSION + "n_action_steps", 1, horizon - start);
        boolean cameras = inputs.stream().anyMatch(f -> f.type() == FeatureType.VISUAL);
        if (denoiser instanceof TransformerSpec transformer && !transformer.timeAsCondition() && !inpainting) {
            throw metadata.problem(TRANSFORMER + "time_as_condition", "is false, and then observations can only be"
                    + " inpainted");
        }
        return new DiffusionSpec(origin, inputs, features.action(), obsSteps, horizon, actionSteps, start,
                inpainting ? DiffusionSpec.Observations.INPAINTING : DiffusionSpec.Observations.CONDITION,
                features.normalization(), cameras ? vision() : null, denoiser, scheduler(), text(features, denoiser));
    }

    private ClipTextSpec text(Features features, DenoiserSpec denoiser) {
        List<Feature> texts = features.inputs().stream().filter(f -> f.type() == FeatureType.LANGUAGE).toList();
        if (texts.isEmpty()) {
            return null;
        }
        if (texts.size() > 1 || !(denoiser instanceof DitSpec)) {
            throw metadata.problem(INPUTS, "names " + texts.size() + " instructions; only multi_task_dit reads one");
        }
        return new MultiTaskDitMetadata(metadata).text(texts.getFirst().size());
    }

    private DenoiserSpec denoiser(int horizon) {
        if (metadata.has(NETWORK) && metadata.string(NETWORK).equals("dit")) {
            return new MultiTaskDitMetadata(metadata).denoiser();
        }
        if (metadata.has(NETWORK) && metadata.string(NETWORK).equals("transformer")) {
            return transformer();
        }
        UnetSpec unet = unet();
        if (horizon % (1 << unet.downDims().size() - 1) != 0) {
            throw metadata.problem(DIFFUSION + "horizon", "is " + horizon + ", which the UNet cannot halve "
                    + (unet.downDims().size() - 1) + " times");
        }
        return unet;
    }

    private TransformerSpec transformer() {
        int width = metadata.integer(TRANSFORMER + "width", 2, MOST);
        int heads = metadata.integer(TRANSFORMER + "heads", 1, width);
        if (width % heads != 0 || width % 2 != 0 || width < 4) {
            throw metadata.problem(TRANSFORMER + "width", "is " + width + ", want an even number from 4 on that divides"
                    + " into " + heads + " heads");
        }
        return new TransformerSpec(metadata.integer(TRANSFORMER + "layers", 1, MOST_LAYERS), heads, width,
                metadata.integer(TRANSFORMER + "condition_layers", 0, MOST_LAYERS),
                metadata.bool(TRANSFORMER + "causal"), metadata.bool(TRANSFORMER + "time_as_condition"));
    }

    private Feature feature(String name, Map<String, NormalizationMode> normalization) {
        String key = "sinew.feature." + name;
        FeatureType type = word(FeatureType.class, key + ".type");
        List<Integer> shape = metadata.integers(key + ".shape", 1, MOST);
        long size = shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> Math.min(MOST_VALUES, a * b));
        int rank = type == FeatureType.VISUAL ? 3 : 1;
        if (shape.size() != rank || size >= MOST_VALUES || rank == 3 && shape.getFirst() != 3) {
            throw metadata.problem(key + ".shape", "is " + shape + ", want " + (rank == 3 ? "[3, H, W]" : "[D]"));
        }
        if (metadata.has(key + ".normalization")) {
            normalization.put(name, word(NormalizationMode.class, key + ".normalization"));
        }
        return new Feature(name, type, shape);
    }

    private void checkFeatures(List<Feature> inputs, Feature action) {
        if (inputs.isEmpty() || inputs.stream().anyMatch(f -> f.type() == FeatureType.ACTION)) {
            throw metadata.problem(INPUTS, "must name at least one input and no action");
        }
        if (action.type() != FeatureType.ACTION) {
            throw metadata.problem(ACTION, "names " + action.name() + ", which is of type " + action.type());
        }
    }

    private UnetSpec unet() {
        List<Integer> downDims = metadata.integers(UNET + "down_dims", 1, MOST);
        if (downDims.isEmpty() || downDims.size() > 12) {
            throw metadata.problem(UNET + "down_dims", "has " + downDims.size() + " levels, want 1 to 12");
        }
        int groups = metadata.integer(UNET + "n_groups", 1, MOST);
        for (int dim : downDims) {
            if (dim % groups != 0) {
                throw metadata.problem(UNET + "down_dims", "has " + dim + ", which does not divide into " + groups
                        + " groups");
            }
        }
        int kernel = metadata.integer(UNET + "kernel_size", 1, 255);
        if (kernel % 2 == 0) {
            throw metadata.problem(UNET + "kernel_size", "is " + kernel + ", want an odd number");
        }
        int stepDim = metadata.integer(UNET + "step_embed_dim", 4, MOST);
        return new UnetSpec(downDims, kernel, groups, stepDim, metadata.bool(UNET + "film_scale"));
    }

    private VisionSpec vision() {
        if (metadata.string(VISION + "backbone").equals(VisionSpec.CLIP)) {
            return new VisionSpec(new MultiTaskDitMetadata(metadata).vision(), size(VISION + "resize"),
                    size(VISION + "crop"), metadata.bool(VISION + "separate_encoders"));
        }
        String backbone = backbone(metadata, VISION + "backbone");
        VisionSpec.Size resize = size(VISION + "resize");
        VisionSpec.ResizeMode mode = resize == null
                ? VisionSpec.ResizeMode.BILINEAR_ANTIALIAS
                : word(VisionSpec.ResizeMode.class, VISION + "resize_mode");
        return new VisionSpec(backbone, metadata.bool(VISION + "group_norm"), resize, mode, size(VISION + "crop"),
                metadata.integer(VISION + "num_keypoints", 0, MOST_KEYPOINTS),
                        metadata.bool(VISION + "separate_encoders"));
    }

    static String backbone(Metadata metadata, String key) {
        String backbone = metadata.string(key);
        if (!BACKBONE.matcher(backbone).matches()) {
            throw metadata.problem(key, "is \"" + backbone + "\", want resnet18, 34, 50, 101 or 152");
        }
        return backbone;
    }

    private VisionSpec.Size size(String key) {
        if (!metadata.has(key)) {
            return null;
        }
        List<Integer> size = metadata.integers(key, 1, MOST);
        if (size.size() != 2) {
            throw metadata.problem(key, "is " + size + ", want [height, width]");
        }
        return new VisionSpec.Size(size.get(0), size.get(1));
    }

    private SchedulerSpec scheduler() {
        int train = metadata.integer(SCHEDULER + "num_train_timesteps", 1, MOST);
        return new SchedulerSpec(
                word(SchedulerSpec.Kind.class, SCHEDULER + "type"),
                train,
                word(SchedulerSpec.BetaSchedule.class, SCHEDULER + "beta_schedule"),
                metadata.number(SCHEDULER + "beta_start"),
                metadata.number(SCHEDULER + "beta_end"),
                word(SchedulerSpec.PredictionType.class, SCHEDULER + "prediction_type"),
                metadata.bool(SCHEDULER + "clip_sample"),
                metadata.number(SCHEDULER + "clip_sample_range"),
                metadata.integer(SCHEDULER + "num_inference_steps", 1, train));
    }

    private <E extends Enum<E>> E word(Class<E> type, String key) {
        return word(metadata, type, key);
    }

    static <E extends Enum<E>> E word(Metadata metadata, Class<E> type, String key) {
        String text = metadata.string(key);
        for (E value : type.getEnumConstants()) {
            if (lower(value).equals(text)) {
                return value;
            }
        }
        List<String> known = new ArrayList<>();
        for (E value : type.getEnumConstants()) {
            known.add(lower(value));
        }
        throw metadata.problem(key, "is \"" + text + "\", want one of " + String.join(", ", known));
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
