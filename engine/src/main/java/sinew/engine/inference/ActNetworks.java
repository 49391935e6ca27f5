package sinew.engine.inference;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.features.ImagePreprocessor;
import sinew.engine.features.Normalizer;
import sinew.engine.nn.ActTransformer;
import sinew.engine.nn.Activations;
import sinew.engine.nn.PictureEncoder;
import sinew.engine.nn.Scratch;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.ResizeMode;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Device;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// The networks of an ACT policy and the places of their intermediates. One call at a time.
final class ActNetworks {
    private final ActSpec spec;
    private final Workers workers;
    private final Device device;
    private final PolicyInputs inputs;
    private final Normalizer actionNormalizer;
    private final List<Eye> eyes = new ArrayList<>(); // one per size of picture
    private final Size[] maps; // [cameras]
    private final ActTransformer transformer;
    private final float[] map; // of one camera, on its way to the transformer

    /// The cameras whose pictures have one size, and their way into the encoder.
    private record Eye(PictureEncoder encoder, List<Integer> cameras, List<ImagePreprocessor> preprocessors) {}

    /// @throws sinew.engine.weights.WeightsFormatException names every tensor that is missing or misshapen
    ActNetworks(ActSpec spec, WeightScope scope, Kernels kernels, Workers workers, Arena arena) {
        this.spec = spec;
        this.workers = workers;
        device = kernels.device();
        inputs = new PolicyInputs(spec, scope);
        int actionDim = spec.action().size();
        actionNormalizer = Normalizer.read(scope.in(SpecMetadata.normalizationPrefix(spec, spec.action())), actionDim);
        maps = inputs.cameras.stream().map(c -> PictureEncoder.outputOf(size(c))).toArray(Size[]::new);
        int depth = maps.length == 0 ? 0 : PictureEncoder.channels(spec.backbone());
        Scratch scratch = new Scratch(kernels.device(), arena);
        bySize().forEach((size, cameras) -> eyes.add(eye(kernels, scope, scratch, size, cameras)));
        transformer = new ActTransformer(kernels, scope, spec.transformer(), sizeOf(FeatureType.STATE),
                sizeOf(FeatureType.ENV), List.of(maps), depth, spec.chunkSize(), actionDim, arena);
        scope.requireComplete();
        int pixels = transformer.cameras().stream().mapToInt(Activations::positions).max().orElse(0);
        map = new float[pixels * depth];
    }

    private static Size size(Feature camera) {
        return new Size(camera.shape().get(1), camera.shape().get(2));
    }

    private Map<Size, List<Integer>> bySize() {
        Map<Size, List<Integer>> sizes = new LinkedHashMap<>();
        for (int i = 0; i < inputs.cameras.size(); i++) {
            sizes.computeIfAbsent(size(inputs.cameras.get(i)), s -> new ArrayList<>()).add(i);
        }
        return sizes;
    }

    private Eye eye(Kernels kernels, WeightScope scope, Scratch scratch, Size size, List<Integer> cameras) {
        VisionSpec asItIs =
                new VisionSpec(spec.backbone(), false, null, ResizeMode.BILINEAR_ANTIALIAS, null, 1, false);
        List<ImagePreprocessor> preprocessors = cameras.stream()
                .map(c -> new ImagePreprocessor(size, asItIs, inputs.cameraNormalizers[c], workers.size()))
                .toList();
        return new Eye(
                new PictureEncoder(kernels, scope.in("backbone"), spec.backbone(), size, cameras.size(), scratch),
                cameras,
                preprocessors);
    }

    private int sizeOf(FeatureType type) {
        return spec.inputs().stream().filter(f -> f.type() == type).mapToInt(Feature::size).findFirst().orElse(0);
    }

    List<PolicyProfile.Stage> profile(int runs) {
        List<PolicyProfile.Stage> stages = new ArrayList<>();
        for (Eye eye : eyes) {
            int images = eye.cameras.size();
            stages.add(new PolicyProfile.Stage("encode", images, eye.encoder.plan().profile(device, workers, images, runs)));
        }
        stages.add(new PolicyProfile.Stage("transform", 1, transformer.plan().profile(device, workers, 1, runs)));
        return stages;
    }

    History newHistory() {
        return new History(inputs, 1, 0, 0);
    }

    /// The whole chunk, normalised.
    ///
    /// @param chunk [chunk_size * A]
    /// @param trace null for none
    void predict(Frame frame, float[] chunk, PredictionTrace trace) {
        for (int i = 0; i < inputs.vectors.size(); i++) {
            transformer.vectors().get(i).write(0, frame.vectors[i], 0);
            if (trace != null) {
                trace.record("pre." + inputs.vectors.get(i).name(), frame.vectors[i].clone(), 1,
                        frame.vectors[i].length);
            }
        }
        for (Eye eye : eyes) {
            see(eye, frame, trace);
        }
        if (trace == null) {
            transformer.plan().repeat(device, workers, 1);
        } else {
            recordPositions(trace);
            transformer.plan().run(workers, 1, (mark, value) -> record(trace, mark, value));
        }
        transformer.output().read(0, spec.chunkSize(), chunk, 0);
    }

    private void see(Eye eye, Frame frame, PredictionTrace trace) {
        for (int i = 0; i < eye.cameras.size(); i++) {
            eye.preprocessors.get(i).run(workers, frame.images[eye.cameras.get(i)], eye.encoder.input(), i);
        }
        eye.encoder.plan().repeat(device, workers, eye.cameras.size());
        Activations seen = eye.encoder.output();
        int pixels = seen.positions();
        for (int i = 0; i < eye.cameras.size(); i++) {
            int camera = eye.cameras.get(i);
            seen.read(i * pixels, pixels, map, 0);
            transformer.cameras().get(camera).write(0, pixels, map, 0);
            if (trace != null) {
                recordMap(trace, "backbone.cam" + camera, camera, seen.channelsFirst(i));
            }
        }
    }

    private void recordMap(PredictionTrace trace, String name, int camera, float[] values) {
        int height = maps[camera].height();
        int width = maps[camera].width();
        trace.record(name, values, 1, values.length / (height * width), height, width);
    }

    private void recordPositions(PredictionTrace trace) {
        for (int i = 0; i < maps.length; i++) {
            recordMap(trace, "img_pos_embed.cam" + i, i, transformer.cameraPositions().get(i).channelsFirst(0));
        }
        record(trace, "encoder_pos_embed", transformer.encoderPositions());
    }

    private void record(PredictionTrace trace, String mark, Activations value) {
        if (mark.startsWith("img_proj.cam")) {
            recordMap(trace, mark, Integer.parseInt(mark.substring("img_proj.cam".length())), value.channelsFirst(0));
        } else {
            trace.record(mark, value.tokens(0), value.positions(), 1, value.channels());
        }
    }

    /// From the network's units to the robot's.
    ///
    /// @param actions [rows * A]
    float[] unnormalize(float[] actions) {
        int dim = spec.action().size();
        float[] values = new float[actions.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = actionNormalizer.inverse(i % dim, actions[i]);
        }
        return values;
    }
}
