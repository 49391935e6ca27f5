package sinew.runtime.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.serve.Inference;
import sinew.runtime.sim.SimEnv;
import sinew.runtime.sim.SimOptions;

/// Lets a policy act in the simulation, without a socket and as fast as it goes. Every chunk is executed to its end
/// before the next is asked for. An episode depends on its seed alone, so neither the number of threads nor their
/// timing changes a result.
public final class SimEvaluation {
    private final Supplier<EpisodePolicy> policies;
    private final SimOptions options;

    /// @param policies called once for each thread
    /// @param options  task, seed of the first episode and length of episodes; the pace is ignored
    public SimEvaluation(Supplier<EpisodePolicy> policies, SimOptions options) {
        this.policies = policies;
        this.options = options;
    }

    /// Runs episodes of successive seeds on some threads.
    ///
    /// @param done hears of each episode as it ends, on the thread that ran it, one at a time
    /// @return results in the order of the seeds
    public List<EpisodeResult> run(int episodes, int threads, Consumer<EpisodeResult> done)
            throws InterruptedException {
        EpisodeResult[] results = new EpisodeResult[episodes];
        AtomicInteger next = new AtomicInteger();
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        List<Thread> team = new ArrayList<>();
        for (int t = 0; t < Math.min(threads, episodes); t++) {
            team.add(Thread.ofPlatform().name("episodes-" + t).start(() -> {
                try {
                    work(results, next, failure, done);
                } catch (RuntimeException e) {
                    failure.compareAndSet(null, e);
                }
            }));
        }
        for (Thread thread : team) {
            thread.join();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        return List.of(results);
    }

    private void work(
            EpisodeResult[] results, AtomicInteger next, AtomicReference<RuntimeException> failure,
            Consumer<EpisodeResult> done) {
        try (SimEnv env = new SimEnv(options);
                EpisodePolicy policy = policies.get()) {
            int k;
            while ((k = next.getAndIncrement()) < results.length && failure.get() == null) {
                EpisodeResult result = episode(env, policy, options.seed() + k);
                results[k] = result;
                synchronized (this) {
                    done.accept(result);
                }
            }
        }
    }

    private EpisodeResult episode(SimEnv env, EpisodePolicy policy, long seed) {
        double[] times = new double[options.maxSteps()];
        int predictions = 0;
        policy.begin(seed);
        EnvObservation seen = env.reset(seed);
        boolean over = false;
        while (!over) {
            Inference answer = policy.infer(seen);
            times[predictions++] = answer.inferMs();
            float[][] actions = answer.actions();
            for (int i = 0; i < actions.length && !over; i++) {
                if (i > 0) {
                    policy.observe(seen);
                }
                EnvStep step = env.step(actions[i]);
                seen = step.observation();
                over = step.done();
            }
        }
        return new EpisodeResult(seed, env.verdict(), Arrays.copyOf(times, predictions));
    }
}
