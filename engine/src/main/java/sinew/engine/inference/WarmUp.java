package sinew.engine.inference;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import sinew.engine.policy.Feature;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PolicySpec;
import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Device;
import sinew.kernels.Rehearsal;
import sinew.kernels.WeightType;

/// Runs a policy on an empty observation until the JVM has compiled its kernels: the first runs of vector code are
/// hundreds of times slower than the later ones.
final class WarmUp {
    private static final int SETTLED_RUNS = 3;
    private static final int RECORDED_RUNS = 3;
    private static final int MOST_RUNS = 1000;
    /// Less than this, and what looks settled is code that the JVM is still about to compile.
    private static final long LEAST_NANOS = 800_000_000L;
    private static final long MOST_NANOS = 6_000_000_000L;
    private static final double SETTLED = 1.3;
    private static final long REHEARSAL_NANOS = 1_500_000_000L;

    private final PolicySpec spec;
    private final Device device;
    private final Supplier<PolicySession> sessions;
    private final WeightType type;
    private final Consumer<String> progress;
    private final BooleanSupplier enough;

    /// @param sessions of few steps, that count as nobody's
    /// @param enough   asked between runs; true ends the warm-up early
    WarmUp(PolicySpec spec, Device device, Supplier<PolicySession> sessions, WeightType type,
            Consumer<String> progress, BooleanSupplier enough) {
        this.device = device;
        this.enough = enough;
        this.spec = spec;
        this.sessions = sessions;
        this.type = type;
        this.progress = progress;
    }

    /// Ends when some runs in a row were about as fast as the fastest, or when it has taken long enough.
    void run() {
        progress.accept("warming up");
        long start = System.nanoTime();
        if (device.records()) {
            record();
            progress.accept(String.format(Locale.ROOT, "ready after %.1f s of warm-up", (System.nanoTime() - start) / 1e9));
            return;
        }
        Rehearsal.run(device.kernels(), type, !spec.cameras().isEmpty(), REHEARSAL_NANOS, enough);
        PolicySession session = sessions.get();
        Observation nothing = emptyObservation(spec);
        long fastest = Long.MAX_VALUE;
        int settled = 0;
        long spent = 0;
        for (int i = 0; i < MOST_RUNS && spent < MOST_NANOS; i++) {
            if (enough.getAsBoolean()) {
                progress.accept(String.format(Locale.ROOT, "warm-up ended after %.1f s: a robot came", spent / 1e9));
                return;
            }
            if (settled >= SETTLED_RUNS && spent > LEAST_NANOS) {
                break;
            }
            long before = System.nanoTime();
            session.reset(); // or the frames would be remembered and not encoded
            session.predict(nothing);
            long took = System.nanoTime() - before;
            settled = took < fastest * SETTLED && took * SETTLED > fastest ? settled + 1 : 0;
            fastest = Math.min(fastest, took);
            spent = System.nanoTime() - start;
        }
        progress.accept(String.format(Locale.ROOT, "ready after %.1f s of warm-up", spent / 1e9));
    }

    /// A second run is recorded, and a third one is replayed.
    private void record() {
        PolicySession session = sessions.get();
        for (int i = 0; i < RECORDED_RUNS && !enough.getAsBoolean(); i++) {
            session.reset();
            session.predict(emptyObservation(spec));
        }
    }

    /// The smallest type that occurs: what reads the most weights has it.
    static WeightType weightType(WeightsFile weights) {
        return weights.tensors().stream().map(TensorInfo::type).max(Comparator.naturalOrder()).orElseThrow();
    }

    static Observation emptyObservation(PolicySpec spec) {
        Map<String, float[]> states = new HashMap<>();
        Map<String, Image> images = new HashMap<>();
        for (Feature feature : spec.inputs()) {
            switch (feature.type()) {
                case STATE, ENV, LANGUAGE -> states.put(feature.name(), new float[feature.size()]);
                case VISUAL -> {
                    int height = feature.shape().get(1);
                    int width = feature.shape().get(2);
                    images.put(feature.name(), new Image(height, width, new byte[height * width * 3]));
                }
                case ACTION -> throw new IllegalStateException("an action among the inputs");
            }
        }
        return new Observation(states, images);
    }
}
