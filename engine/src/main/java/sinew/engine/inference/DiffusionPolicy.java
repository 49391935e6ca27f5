package sinew.engine.inference;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.diffusion.TorchRandom;
import sinew.engine.policy.ActionChunk;
import sinew.engine.policy.ActionPrefix;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.policy.ValueRange;
import sinew.engine.text.ClipTokenizer;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Device;
import sinew.kernels.Workers;
import sinew.kernels.cuda.Devices;

/// LeRobot's `diffusion` policy. Sessions that predict at the same time share the passes over the weights.
final class DiffusionPolicy implements Policy, Profiled {
    private static final int WARM_UP_STEPS = 4;

    private final DiffusionSpec spec;
    private final WeightsFile weights;
    private final Arena arena = Arena.ofShared();
    private final Device device;
    private final Workers workers;
    private final DiffusionNetworks networks;
    private final PredictionQueue queue;

    private DiffusionPolicy(WeightsFile weights, DiffusionSpec spec, Device device, int threads, int maxBatch) {
        this.weights = weights;
        this.spec = spec;
        this.device = device;
        workers = Workers.of(threads);
        try {
            networks = new DiffusionNetworks(spec, weights.scope(), ClipTokenizer.read(weights.metadata()), maxBatch,
                    device.kernels(), workers, arena);
        } catch (RuntimeException | Error e) {
            workers.close();
            arena.close();
            device.close();
            throw e;
        }
        queue = new PredictionQueue(networks, maxBatch);
    }

    static DiffusionPolicy load(WeightsFile weights, DiffusionSpec spec, LoadOptions options) {
        options.progress().accept("laying out the networks");
        Device device = Devices.open(options.device());
        DiffusionPolicy policy = new DiffusionPolicy(weights, spec, device, options.threads(), options.maxBatch());
        if (options.warmUp()) {
            policy.warmUp(options.progress(), () -> false);
        }
        return policy;
    }

    @Override
    public void warmUp(Consumer<String> progress, BooleanSupplier enough) {
        // What is recorded is recorded for a number of steps.
        SamplingOptions few = device.records()
                ? SamplingOptions.FROM_CHECKPOINT
                : new SamplingOptions(null, Math.min(WARM_UP_STEPS, spec.scheduler().numTrainTimesteps()));
        new WarmUp(spec, device, () -> session(new TorchRandom(0), few, true), WarmUp.weightType(weights), progress, enough)
                .run();
    }

    @Override
    public DiffusionSpec spec() {
        return spec;
    }

    @Override
    public String device() {
        return device.name();
    }

    @Override
    public Map<String, ValueRange> ranges() {
        return SpecMetadata.ranges(spec, weights.metadata());
    }

    @Override
    public PolicySession newSession(NoiseSource noise, SamplingOptions options) {
        return session(noise, options, false);
    }

    /// @param forNobody whether its predictions are a warm-up's, which [#passCounts] leaves out
    PolicySession session(NoiseSource noise, SamplingOptions options, boolean forNobody) {
        spec.sampler(options); // refuses the samplers of another objective
        NoiseScheduler scheduler = NoiseScheduler.of(spec.scheduler().sampledBy(options));
        Schedule schedule = queue.alone(() -> networks.schedule(scheduler));
        History history = networks.newHistory();
        Prediction prediction = new Prediction(history, noise, scheduler, schedule, networks.sampleSize());
        prediction.forNobody = forNobody;
        return new DiffusionSession(this, history, prediction, scheduler.times());
    }

    @Override
    public int prefixRows() {
        return spec.horizon() - spec.actionStart();
    }

    /// Says which actions of a prediction that has not been started are already decided.
    void decide(Prediction prediction, ActionPrefix prefix) {
        networks.decide(prediction, prefix);
    }

    ActionChunk predict(Prediction prediction) {
        prediction.start();
        return queue.predict(prediction);
    }

    ActionChunk predict(Prediction prediction, PredictionTrace trace) {
        prediction.start();
        return queue.alone(() -> networks.predict(prediction, trace));
    }

    /// Encodes frames of this history ahead, when nobody is predicting.
    void prepare(History history) {
        queue.aside(wanted -> networks.prepare(history, wanted));
    }

    @Override
    public long[] passCounts() {
        return queue.passCounts();
    }

    /// Times the networks' plans step by step.
    @Override
    public List<PolicyProfile.Stage> profile(int runs) {
        NoiseSource silence = (out, count) -> Arrays.fill(out, 0, count, 0f);
        PolicySession session = newSession(silence, new SamplingOptions(null, 1));
        session.predict(WarmUp.emptyObservation(spec));
        return queue.alone(() -> networks.profile(workers, runs));
    }

    @Override
    public void close() {
        queue.close(() -> {
            workers.close();
            arena.close();
            device.close();
            weights.close();
        });
    }
}
