package sinew.bench.peers.onnxruntime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import sinew.bench.peers.export.ExportedModels;
import sinew.bench.peers.export.Range;

/// Finds the range of every value of a network: smallest and largest number in some runs on random input. That is
/// the simplest static calibration there is. It says nothing about the accuracy of a carefully calibrated model.
final class Calibration {
    private static final int RUNS = 4;
    private static final int TRAINING_STEPS = 100;

    private Calibration() {}

    static Map<String, Range> observe(Path observedModel, int threads) throws IOException {
        try (OrtSession session = Sessions.open(observedModel, threads)) {
            SplittableRandom random = new SplittableRandom(1);
            Map<String, Range> ranges = new HashMap<>();
            for (int run = 0; run < RUNS; run++) {
                run(session, random).forEach((value, range) -> ranges.merge(value, range, Range::and));
            }
            return ranges;
        } catch (OrtException e) {
            throw new IOException("cannot observe " + observedModel + ": " + e.getMessage(), e);
        }
    }

    private static Map<String, Range> run(OrtSession session, SplittableRandom random) throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try {
            for (NodeInfo input : session.getInputInfo().values()) {
                inputs.put(input.getName(), random((TensorInfo) input.getInfo(), random));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                return ranges(result);
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor random(TensorInfo info, SplittableRandom random) throws OrtException {
        int size = (int) info.getNumElements();
        if (info.type == OnnxJavaType.INT64) {
            return OnnxTensor.createTensor(Sessions.ENVIRONMENT,
                    LongBuffer.wrap(random.longs(size, 0, TRAINING_STEPS).toArray()), info.getShape());
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return OnnxTensor.createTensor(Sessions.ENVIRONMENT, FloatBuffer.wrap(values), info.getShape());
    }

    private static Map<String, Range> ranges(OrtSession.Result result) throws OrtException {
        Map<String, Range> ranges = new HashMap<>();
        for (Map.Entry<String, OnnxValue> output : result) {
            if (output.getKey().endsWith(ExportedModels.MIN)) {
                String value = output.getKey().substring(0, output.getKey().length() - ExportedModels.MIN.length());
                OnnxValue max = result.get(value + ExportedModels.MAX).orElseThrow();
                ranges.put(value, new Range((float) output.getValue().getValue(), (float) max.getValue()));
            }
        }
        return ranges;
    }
}
