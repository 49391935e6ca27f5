package sinew.engine.inference;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import sinew.engine.features.ImagePreprocessor;
import sinew.engine.features.Normalizer;
import sinew.engine.nn.Activations;
import sinew.engine.nn.ClipVision;
import sinew.engine.nn.ImageEncoder;
import sinew.engine.nn.Plan;
import sinew.engine.nn.ResNetEncoder;
import sinew.engine.nn.Scratch;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.Size;
import sinew.engine.weights.WeightScope;
import sinew.kernels.Device;
import sinew.kernels.Kernels;
import sinew.kernels.Workers;

/// Turns the camera frames of a history into features: those of them that have not been encoded yet, as few runs
/// of the network as their number allows.
final class CameraEncoders {
    /// Images in one run are limited by the memory of the largest intermediate: more would only fall out of the
    /// caches. The number never changes a result.
    private static final long MOST_FLOATS = 16L << 20;
    private static final int STEM_CHANNELS = 64;

    private final VisionSpec spec;
    private final List<Feature> cameras;
    private final Normalizer[] normalizers; // [cameras]
    private final ImagePreprocessor[] preprocessors; // [cameras], made for the frame size seen last
    private final ImageEncoder[] encoders; // [1] shared, or [cameras]
    private final int maxBatch;
    private final Device device;
    private final Workers workers;

    // The images of the run in progress.
    private final Frame[] batchFrames; // [maxBatch]
    private final int[] batchCameras; // [maxBatch]
    private int batch;

    CameraEncoders(
            Kernels kernels,
            Workers workers,
            DiffusionSpec policy,
            PolicyInputs inputs,
            WeightScope scope,
            Scratch scratch,
            Arena arena) {
        this.spec = policy.vision();
        this.device = kernels.device();
        this.workers = workers;
        cameras = inputs.cameras;
        normalizers = inputs.cameraNormalizers;
        preprocessors = new ImagePreprocessor[cameras.size()];
        Size size = encoderInput(scope);
        int images = policy.nObsSteps() * (spec.separateEncoders() ? 1 : cameras.size());
        long perImage = (long) STEM_CHANNELS * ((size.height() + 1) / 2) * ((size.width() + 1) / 2);
        maxBatch = Math.clamp(MOST_FLOATS / perImage, 1, images);
        batchFrames = new Frame[maxBatch];
        batchCameras = new int[maxBatch];
        encoders = new ImageEncoder[spec.separateEncoders() ? cameras.size() : 1];
        for (int i = 0; i < encoders.length; i++) {
            WeightScope own = spec.separateEncoders() ? scope.in(Integer.toString(i)) : scope;
            encoders[i] = spec.clip() == null
                    ? new ResNetEncoder(kernels, own, spec, size, maxBatch, scratch)
                    : new ClipVision(kernels, own, spec.clip(), size, maxBatch, arena);
        }
    }

    /// The size of what the encoders get, the same for all cameras as LeRobot demands.
    private Size encoderInput(WeightScope scope) {
        Size common = null;
        for (Feature camera : cameras) {
            Size size = ImagePreprocessor.outputSize(frameSize(camera), spec);
            if (common != null && !common.equals(size)) {
                scope.problem(camera.name(), "frames of " + size + " beside frames of " + common
                        + "; all cameras of a policy must give the encoder the same size");
            }
            common = size;
        }
        return common;
    }

    private static Size frameSize(Feature camera) {
        return new Size(camera.shape().get(1), camera.shape().get(2));
    }

    int featureSize() {
        return spec.featureSize();
    }

    /// Most images in one run of an encoder.
    int maxBatch() {
        return maxBatch;
    }

    /// The plan of one encoder, for timing.
    Plan plan() {
        return encoders[0].plan();
    }

    /// Makes the features of every frame in these histories valid. Frames that wait together share runs, whoever's
    /// they are.
    ///
    /// @param predictions the first `count` entries
    void encode(Prediction[] predictions, int count) {
        for (int encoder = 0; encoder < encoders.length; encoder++) {
            batch = 0;
            for (int i = 0; i < count; i++) {
                add(encoder, predictions[i].history, 0, null);
            }
            flush(encoder, null, null);
        }
    }

    /// As that, for one history.
    void encode(History history) {
        for (int encoder = 0; encoder < encoders.length; encoder++) {
            batch = 0;
            add(encoder, history, 0, null);
            flush(encoder, null, null);
        }
    }

    /// Encodes all frames of the history anew and tells of every image's way.
    void encode(History history, PredictionTrace trace) {
        forget(history);
        for (int encoder = 0; encoder < encoders.length; encoder++) {
            batch = 0;
            add(encoder, history, 0, trace);
            flush(encoder, history, trace);
        }
    }

    /// As encode, of the frames that will still be in the history after the next observation.
    ///
    /// @param wanted asked before every encoder's run whether to stop
    void encodeAhead(History history, BooleanSupplier wanted) {
        for (int encoder = 0; encoder < encoders.length && !wanted.getAsBoolean(); encoder++) {
            batch = 0;
            add(encoder, history, 1, null);
            flush(encoder, null, null);
        }
    }

    private void add(int encoder, History history, int firstStep, PredictionTrace trace) {
        for (int step = firstStep; step < history.steps(); step++) {
            Frame frame = history.frame(step);
            if (step == firstStep || frame != history.frame(step - 1)) {
                add(encoder, frame, history, trace);
            }
        }
    }

    private static void forget(History history) {
        for (int step = 0; step < history.steps(); step++) {
            Arrays.fill(history.frame(step).encoded, false);
        }
    }

    private void add(int encoder, Frame frame, History history, PredictionTrace trace) {
        int from = encoders.length == 1 ? 0 : encoder;
        int to = encoders.length == 1 ? cameras.size() : encoder + 1;
        for (int camera = from; camera < to; camera++) {
            if (frame.encoded[camera]) {
                continue;
            }
            preprocessor(camera, frame).run(workers, frame.images[camera], encoders[encoder].input(), batch);
            batchFrames[batch] = frame;
            batchCameras[batch] = camera;
            batch++;
            if (batch == maxBatch) {
                flush(encoder, history, trace);
            }
        }
    }

    private ImagePreprocessor preprocessor(int camera, Frame frame) {
        ImagePreprocessor last = preprocessors[camera];
        int height = frame.heights[camera];
        int width = frame.widths[camera];
        if (last == null || last.source().height() != height || last.source().width() != width) {
            last = new ImagePreprocessor(new Size(height, width), spec, normalizers[camera], workers.size());
            preprocessors[camera] = last;
        }
        return last;
    }

    private void flush(int encoder, History history, PredictionTrace trace) {
        if (batch == 0) {
            return;
        }
        ImageEncoder network = encoders[encoder];
        if (trace == null) {
            network.plan().repeat(device, workers, batch);
        } else {
            recordImages("encoder_input", network.input(), network.size(), history, trace);
            network.plan().run(workers, batch, (mark, value) -> {
                if (network instanceof ResNetEncoder resNet && mark.equals(ResNetEncoder.BACKBONE)) {
                    recordImages(mark, value, resNet.backboneSize(), history, trace);
                } else if (mark.equals(ResNetEncoder.KEYPOINTS)) {
                    keepKeypoints(value);
                } else {
                    recordImages(mark, value, null, history, trace);
                }
            });
        }
        for (int b = 0; b < batch; b++) {
            network.features().read(b, batchFrames[b].features[batchCameras[b]], 0);
            batchFrames[b].encoded[batchCameras[b]] = true;
        }
        batch = 0;
    }

    /// Reports every image of the run, once for each place that its frame has in the history.
    ///
    /// @param size null where an image is tokens
    private void recordImages(String name, Activations values, Size size, History history, PredictionTrace trace) {
        for (int b = 0; b < batch; b++) {
            for (int step = 0; step < history.steps(); step++) {
                if (history.frame(step) == batchFrames[b]) {
                    String camera = cameras.get(batchCameras[b]).name();
                    String stage = name + "." + camera + ".step" + step;
                    if (size == null) {
                        trace.record(stage, values.tokens(b), values.positions(), values.channels());
                    } else {
                        trace.record(stage, values.channelsFirst(b), values.channels(), size.height(), size.width());
                    }
                }
            }
        }
    }

    private void keepKeypoints(Activations values) {
        for (int b = 0; b < batch; b++) {
            values.read(b, batchFrames[b].keypoints[batchCameras[b]], 0);
        }
    }

    /// Reports keypoints [steps, cameras, K, 2], if there are any, and features [steps, cameras, n] of a history that was
    /// just encoded with a trace.
    void record(History history, PredictionTrace trace) {
        int size = featureSize();
        float[] points = new float[history.steps() * cameras.size() * size];
        float[] features = new float[points.length];
        int at = 0;
        for (int step = 0; step < history.steps(); step++) {
            for (int camera = 0; camera < cameras.size(); camera++, at += size) {
                System.arraycopy(history.frame(step).keypoints[camera], 0, points, at, size);
                System.arraycopy(history.frame(step).features[camera], 0, features, at, size);
            }
        }
        if (spec.numKeypoints() > 0) {
            trace.record(ResNetEncoder.KEYPOINTS, points, history.steps(), cameras.size(), spec.numKeypoints(), 2);
        }
        trace.record("encoder_feature", features, history.steps(), cameras.size(), size);
    }
}
