package sinew.runtime.predict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.PredictionTrace;

/// Takes in the traces of one sample after the other and gives their results the names and shapes that recordings of
/// diffusion_policy have: one tensor for the whole batch, all steps of a network in one.
///
/// `action`, `action_pred` and, of inpainted vectors, `action_obs_pred` and `obs_pred` are always among them, the
/// intermediates only with a trace.
final class DiffusionPolicyResults implements PredictionTrace {
    private static final Pattern IMAGE = Pattern.compile("(encoder_input|backbone_feature)\\.(.+)\\.step(\\d+)");
    private static final Pattern STEPS = Pattern.compile("(unet|transformer)_(inputs|outputs)");
    private static final Pattern FIRST = Pattern.compile("(unet|transformer)\\.first\\.(.+)");
    private static final Pattern LEVEL = Pattern.compile("((?:down|up)\\d+)\\.(res1|res2|out)");

    private final PolicySpec spec;
    private final boolean intermediates;
    private final Map<String, Parts> tensors = new LinkedHashMap<>();
    private final Map<String, TreeMap<Integer, float[]>> images = new LinkedHashMap<>(); // of the sample in progress

    /// The parts of a tensor, one per sample.
    ///
    /// @param axis  along which they stand beside each other
    /// @param shape of one
    private record Parts(int axis, int[] shape, List<float[]> values) {}

    DiffusionPolicyResults(PolicySpec spec, boolean intermediates) {
        this.spec = spec;
        this.intermediates = intermediates;
    }

    /// Call before every sample's prediction.
    void begin() {
        images.clear();
    }

    @Override
    public void record(String name, float[] values, int... shape) {
        Matcher image = IMAGE.matcher(name);
        Matcher steps = STEPS.matcher(name);
        Matcher first = FIRST.matcher(name);
        if (image.matches()) {
            image(image.group(1).equals("encoder_input") ? "rgb_transformed." + image.group(2)
                    : "layer4." + image.group(2), Integer.parseInt(image.group(3)), values, shape);
        } else if (steps.matches()) {
            intermediate(steps.group(2).equals("inputs") ? "model_input" : "model_output", 1, values, shape);
        } else if (first.matches()) {
            intermediate("first." + block(first.group(1), first.group(2)), 0, values, shape);
        } else if (name.startsWith("normalized.")) {
            String feature = name.substring("normalized.".length());
            intermediate(feature.equals("obs") ? "nobs" : "nobs." + feature, 0, values, batched(shape));
        } else if (name.startsWith("predicted.")) {
            predicted(name.substring("predicted.".length()), values, shape);
        } else {
            other(name, values, shape);
        }
    }

    private void other(String name, float[] values, int[] shape) {
        switch (name) {
            case "timesteps" -> {
                if (!tensors.containsKey(name)) {
                    intermediate(name, 0, values, shape);
                }
            }
            case "samples" -> intermediate(name, 1, values, shape);
            case "global_cond", "cond" -> intermediate(name, 0, values, shape);
            case "observed" -> {
                if (!spec.cameras().isEmpty()) {
                    intermediate("obs_features", 0, values, shape);
                }
            }
            case "encoder_feature" -> features(values, shape);
            case "action_chunk" -> add("action", 0, values, batched(shape));
            default -> { }
        }
    }

    /// Blocks of the UNet are numbered by their place in a level.
    private static String block(String network, String mark) {
        Matcher level = LEVEL.matcher(mark);
        if (level.matches()) {
            return level.group(1) + "_" + List.of("res1", "res2", "out").indexOf(level.group(2));
        }
        return mark.equals("step_embed") && network.equals("transformer") ? "time_emb" : mark;
    }

    /// All rows of a feature, and of an observation those beside the actions that are executed.
    private void predicted(String feature, float[] values, int[] shape) {
        if (feature.equals("action")) {
            add("action_pred", 0, values, batched(shape));
        } else if (spec instanceof DiffusionSpec diffusion) {
            add("obs_pred", 0, values, batched(shape));
            int from = diffusion.actionStart() * shape[1];
            float[] executed = Arrays.copyOfRange(values, from, from + spec.nActionSteps() * shape[1]);
            add("action_obs_pred", 0, executed, new int[] {1, spec.nActionSteps(), shape[1]});
        }
    }

    /// Images of one camera become rows of one tensor, as soon as those of all observations are there.
    private void image(String name, int step, float[] values, int[] shape) {
        TreeMap<Integer, float[]> all = images.computeIfAbsent(name, key -> new TreeMap<>());
        all.put(step, values);
        if (all.size() == spec.nObsSteps()) {
            float[] rows = new float[values.length * all.size()];
            all.forEach((at, one) -> System.arraycopy(one, 0, rows, at * one.length, one.length));
            int[] whole = batched(shape);
            whole[0] = all.size();
            intermediate(name, 0, rows, whole);
        }
    }

    /// @param shape [steps, cameras, n]
    private void features(float[] values, int[] shape) {
        List<Feature> cameras = spec.inputs().stream().filter(f -> f.type() == FeatureType.VISUAL).toList();
        for (int camera = 0; camera < shape[1]; camera++) {
            float[] own = new float[shape[0] * shape[2]];
            for (int step = 0; step < shape[0]; step++) {
                System.arraycopy(values, (step * shape[1] + camera) * shape[2], own, step * shape[2], shape[2]);
            }
            intermediate("resnet_out." + cameras.get(camera).name(), 0, own, new int[] {shape[0], shape[2]});
        }
    }

    private static int[] batched(int[] shape) {
        int[] batched = new int[shape.length + 1];
        batched[0] = 1;
        System.arraycopy(shape, 0, batched, 1, shape.length);
        return batched;
    }

    private void intermediate(String name, int axis, float[] values, int[] shape) {
        if (intermediates) {
            add(name, axis, values, shape);
        }
    }

    private void add(String name, int axis, float[] values, int[] shape) {
        tensors.computeIfAbsent(name, key -> new Parts(axis, shape.clone(), new ArrayList<>())).values().add(values);
    }

    Map<String, FilePrediction.Result> results() {
        Map<String, FilePrediction.Result> results = new LinkedHashMap<>();
        tensors.forEach((name, parts) -> results.put(name, join(parts)));
        return results;
    }

    private static FilePrediction.Result join(Parts parts) {
        int count = parts.values().size();
        int[] shape = parts.shape().clone();
        int blocks = 1; // of one part that stay together
        for (int i = 0; i < parts.axis(); i++) {
            blocks *= shape[i];
        }
        int size = parts.values().getFirst().length / blocks;
        float[] all = new float[count * blocks * size];
        for (int part = 0; part < count; part++) {
            for (int block = 0; block < blocks; block++) {
                int to = (block * count + part) * size;
                System.arraycopy(parts.values().get(part), block * size, all, to, size);
            }
        }
        shape[parts.axis()] *= count;
        return new FilePrediction.Result(all, shape);
    }
}
