package sinew.engine.inference;

import java.util.ArrayList;
import java.util.List;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.PredictionTrace;

/// Gives the intermediates of a multi-task diffusion transformer the names and shapes of its own reference recordings.
final class MultiTaskDitTrace implements PredictionTrace {
    private static final String FIRST = "dit.first.";
    private static final String STEP = ".step";

    private final PredictionTrace sink;
    private final DiffusionSpec spec;
    private final List<String> pictureStages = new ArrayList<>(); // in order
    private final List<Picture> pictures = new ArrayList<>();

    /// What a stage made of one picture: the `camera`-th of observation step `step`.
    private record Picture(String stage, int step, int camera, float[] values, int[] shape) {}

    MultiTaskDitTrace(PredictionTrace sink, DiffusionSpec spec) {
        this.sink = sink;
        this.spec = spec;
    }

    @Override
    public void record(String name, float[] values, int... shape) {
        if (name.startsWith(FIRST)) {
            first(name.substring(FIRST.length()), values, shape);
        } else if (name.startsWith("normalized.")) {
            sink.record("pre." + name.substring("normalized.".length()), values, 1, shape[0], shape[1]);
        } else if (name.startsWith("text_") && shape[1] == 1) {
            sink.record(name, values, 1, shape[2]);
        } else if (name.contains(STEP)) {
            picture(name, values, shape);
        } else {
            other(name, values, shape);
        }
    }

    private void first(String name, float[] values, int[] shape) {
        switch (name) {
            case "step_waves" -> sink.record("first.time_sinusoid", values, shape);
            case "step_embed" -> sink.record("first.time_mlp", values, shape);
            default -> {
                boolean vector = name.endsWith(".adaLN");
                sink.record("first." + name, values, vector ? new int[] {1, values.length} : shape);
            }
        }
    }

    private void other(String name, float[] values, int[] shape) {
        switch (name) {
            case "global_cond" -> {
                flushPictures();
                sink.record("conditioning_vec", values, shape);
            }
            case "encoder_feature" -> sink.record("vision_cls", values, shape[0] * shape[1], shape[2]);
            case "dit_inputs" -> sink.record("model_input", values, shape);
            case "dit_outputs" -> sink.record("model_output", values, shape);
            case "timesteps", "samples", "actions_full" -> sink.record(name, values, shape);
            case "action_chunk_normalized" -> sink.record("actions", values, 1, shape[0], shape[1]);
            case "action_chunk" -> sink.record("actions_unnormalized", values, 1, shape[0], shape[1]);
            default -> {
                if (name.startsWith("text_")) {
                    sink.record(name, values, shape);
                }
            }
        }
    }

    /// `<stage>.<camera's name>.step<n>`
    private void picture(String name, float[] values, int[] shape) {
        int step = Integer.parseInt(name.substring(name.lastIndexOf(STEP) + STEP.length()));
        for (int camera = 0; camera < spec.cameras().size(); camera++) {
            int at = name.indexOf("." + spec.cameras().get(camera).name() + STEP);
            if (at > 0) {
                String stage = name.substring(0, at);
                if (!pictureStages.contains(stage)) {
                    pictureStages.add(stage);
                }
                pictures.add(new Picture(stage, step, camera, values, shape));
            }
        }
    }

    /// All pictures of a stage as one tensor: step by step, and camera by camera in each.
    private void flushPictures() {
        for (String stage : pictureStages) {
            List<Picture> all = pictures.stream().filter(p -> p.stage.equals(stage)).toList();
            int size = all.getFirst().values.length;
            float[] values = new float[all.size() * size];
            for (Picture picture : all) {
                int index = picture.step * spec.cameras().size() + picture.camera;
                System.arraycopy(picture.values, 0, values, index * size, size);
            }
            int[] shape = new int[all.getFirst().shape.length + 1];
            shape[0] = all.size();
            System.arraycopy(all.getFirst().shape, 0, shape, 1, shape.length - 1);
            sink.record(stage.equals("encoder_input") ? "vision_input" : stage, values, shape);
        }
        pictureStages.clear();
        pictures.clear();
    }
}
