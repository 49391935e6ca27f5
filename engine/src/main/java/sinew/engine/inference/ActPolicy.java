package sinew.engine.inference;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import sinew.engine.policy.ActSpec;
import sinew.engine.policy.NoiseSource;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySession;
import sinew.engine.policy.PredictionTrace;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.policy.ValueRange;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.Device;
import sinew.kernels.Workers;
import sinew.kernels.cuda.Devices;

/// LeRobot's `act` policy. Sessions take turns, one prediction after the other in the order in which they ask.
final class ActPolicy implements Policy, Profiled {
    private final ActSpec spec;
    private final WeightsFile weights;
    private final Arena arena = Arena.ofShared();
    private final Device device;
    private final Workers workers;
    private final ActNetworks networks;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final AtomicLong passes = new AtomicLong();
    private boolean closed; // guarded by turn

    private ActPolicy(WeightsFile weights, ActSpec spec, Device device, int threads) {
        this.weights = weights;
        this.spec = spec;
        this.device = device;
        workers = Workers.of(threads);
        try {
            networks = new ActNetworks(spec, weights.scope(), device.kernels(), workers, arena);
        } catch (RuntimeException | Error e) {
            workers.close();
            arena.close();
            device.close();
            throw e;
        }
    }

    static ActPolicy load(WeightsFile weights, ActSpec spec, LoadOptions options) {
        options.progress().accept("laying out the networks");
        ActPolicy policy = new ActPolicy(weights, spec, Devices.open(options.device()), options.threads());
        if (options.warmUp()) {
            policy.warmUp(options.progress(), () -> false);
        }
        return policy;
    }

    @Override
    public void warmUp(Consumer<String> progress, BooleanSupplier enough) {
        new WarmUp(spec, device, () -> session(true), WarmUp.weightType(weights), progress, enough).run();
    }

    @Override
    public ActSpec spec() {
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

    /// Draws no noise: the latent of ACT's variational part is 0 in inference.
    @Override
    public PolicySession newSession(NoiseSource noise, SamplingOptions options) {
        spec.sampler(options);
        return session(false);
    }

    /// @param forNobody whether its predictions are a warm-up's, which [#passCounts] leaves out
    private PolicySession session(boolean forNobody) {
        return new ActSession(this, networks.newHistory(), forNobody);
    }

    /// As [ActNetworks#predict], when it is this caller's turn.
    void predict(Frame frame, float[] chunk, boolean forNobody, PredictionTrace trace) {
        alone(() -> {
            networks.predict(frame, chunk, trace);
            return null;
        });
        if (!forNobody) {
            passes.incrementAndGet();
        }
    }

    float[] unnormalize(float[] actions) {
        return networks.unnormalize(actions);
    }

    private <T> T alone(Supplier<T> work) {
        turn.lock();
        try {
            if (closed) {
                throw new IllegalStateException(PredictionQueue.CLOSED);
            }
            return work.get();
        } finally {
            turn.unlock();
        }
    }

    @Override
    public long[] passCounts() {
        return new long[] {passes.get()};
    }

    @Override
    public List<PolicyProfile.Stage> profile(int runs) {
        session(true).predict(WarmUp.emptyObservation(spec));
        return alone(() -> networks.profile(runs));
    }

    @Override
    public void close() {
        turn.lock();
        try {
            if (!closed) {
                closed = true;
                workers.close();
                arena.close();
                device.close();
                weights.close();
            }
        } finally {
            turn.unlock();
        }
    }
}
