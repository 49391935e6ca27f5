package sinew.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvTask;
import sinew.runtime.env.FakeEnv;

/// Starts `sinew serve` as a user would and watches it: time to the first action, and memory.
final class ServeBench {
    private static final int STARTS = 3;
    private static final int PREDICTIONS = 8;
    private static final List<String> DDIM = List.of("--policy.scheduler", "ddim", "--policy.steps", "10");
    private static final double MEGABYTE = 1e6;

    private final Setup setup;
    private final Path home;

    /// @param home the checkout or distribution with the launcher, or null when it is not known
    ServeBench(Setup setup, Path home) {
        this.setup = setup;
        this.home = home;
    }

    void measure(Job.Serve job) throws IOException {
        if (home == null || !Files.isExecutable(home.resolve("sinew"))) {
            setup.report().skipped("serve", "the launcher ./sinew is not known: run ./sinew bench");
            return;
        }
        Path weights = setup.models().weights(job.preset(), job.type());
        List<String> flags = new ArrayList<>(List.of("--policy.path", weights.toString(),
                "--threads", Integer.toString(setup.workers().size())));
        flags.addAll(DDIM);
        start(flags); // the file comes into the page cache, and our own client's classes into this JVM
        long[] firstActions = new long[STARTS];
        double[] resident = new double[STARTS];
        for (int i = 0; i < STARTS; i++) {
            Start start = start(flags);
            firstActions[i] = (long) (start.firstActionMillis() * 1e6);
            resident[i] = start.residentBytes() / MEGABYTE;
        }
        setup.report().add(Figure.millis(job.id() + "/first-action", Times.of(firstActions), List.of()));
        memory(job, resident, Files.size(weights) / MEGABYTE);
    }

    private void memory(Job.Serve job, double[] resident, double weights) {
        Arrays.sort(resident);
        if (resident[0] < 0) {
            setup.report().skipped("memory of serve", "only Linux tells it");
            return;
        }
        double median = resident[resident.length / 2];
        setup.report().add(
                new Figure(job.id() + "/resident", Figure.MEGABYTES, median, resident[0], List.of(), List.of()));
        setup.report().add(new Figure(job.id() + "/resident-beyond-weights", Figure.MEGABYTES, median - weights,
                resident[0] - weights, List.of(), List.of()));
    }

    /// What one process showed.
    private record Start(double firstActionMillis, long residentBytes) {}

    private Start start(List<String> flags) throws IOException {
        try (FakeEnv env = new FakeEnv(EnvTask.LIFT, PREDICTIONS, 0, 0)) {
            EnvObservation observation = env.reset();
            try (ServedProcess served = new ServedProcess(home, flags)) {
                served.predict(observation);
                double firstAction = served.millis();
                for (int i = 1; i < PREDICTIONS; i++) {
                    served.predict(env.observe());
                }
                return new Start(firstAction, served.residentBytes());
            }
        }
    }
}
