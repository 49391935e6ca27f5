package sinew.engine.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sinew.kernels.Device;
import sinew.kernels.Workers;

/// A network laid out as a flat list of kernel calls over memory that is allocated beforehand. It is built once and
/// run many times; a run allocates nothing. One run at a time.
public final class Plan {
    /// One kernel call, split into parts.
    @FunctionalInterface
    interface Op {
        void run(int batch, int part, int parts);
    }

    /// Is told of named intermediates right after the step that makes them, before anything overwrites them.
    @FunctionalInterface
    public interface Listener {
        void reached(String mark, Activations value);
    }

    /// Time of one step over some runs.
    ///
    /// @param millis    median
    /// @param minMillis of the fastest run
    public record StepTime(String name, Work work, double millis, double minMillis) {}

    private final Step[] steps;
    private Repetition[] repetitions = new Repetition[0]; // by batch - 1, of devices that record

    private static final class Repetition {
        Device.Recording recording; // null until the second run
    }

    private Plan(List<Step> steps) {
        this.steps = steps.toArray(Step[]::new);
    }

    /// Runs every step for the first `batch` samples.
    public void run(Workers workers, int batch) {
        for (Step step : steps) {
            step.batch = batch;
            workers.run(step);
        }
    }

    /// As run, and reports the marked intermediates.
    ///
    /// @param listener may be null
    public void run(Workers workers, int batch, Listener listener) {
        if (listener == null) {
            run(workers, batch);
            return;
        }
        for (Step step : steps) {
            step.batch = batch;
            workers.run(step);
            for (Mark mark : step.marks) {
                listener.reached(mark.name, mark.value);
            }
        }
    }

    /// As run, for a plan whose steps have the same operands in every run: where the device records, the second run of a
    /// batch is recorded, and that and all later ones are a single launch.
    public void repeat(Device device, Workers workers, int batch) {
        if (!device.records()) {
            run(workers, batch);
            return;
        }
        if (repetitions.length < batch) {
            repetitions = Arrays.copyOf(repetitions, batch);
        }
        Repetition seen = repetitions[batch - 1];
        if (seen == null) {
            run(workers, batch);
            repetitions[batch - 1] = new Repetition();
            return;
        }
        if (seen.recording == null) {
            seen.recording = device.record(() -> run(workers, batch));
        }
        seen.recording.replay();
    }

    /// Number of kernel calls in a run.
    public int size() {
        return steps.length;
    }

    /// What a run for `batch` samples computes, see [Work].
    public long flops(int batch) {
        long sum = 0;
        for (Step step : steps) {
            sum += step.work.flops() * batch;
        }
        return sum;
    }

    /// Bytes of weights that a run reads, see [Work].
    public long weightBytes() {
        long sum = 0;
        for (Step step : steps) {
            sum += step.work.bytes();
        }
        return sum;
    }

    /// Runs the plan `runs` times and gives the median time of every step, in order.
    public List<StepTime> profile(Device device, Workers workers, int batch, int runs) {
        long[][] nanos = new long[steps.length][runs];
        for (int run = 0; run < runs; run++) {
            for (int i = 0; i < steps.length; i++) {
                Step step = steps[i];
                step.batch = batch;
                nanos[i][run] = device.time(() -> workers.run(step));
            }
        }
        List<StepTime> times = new ArrayList<>();
        for (int i = 0; i < steps.length; i++) {
            Arrays.sort(nanos[i]);
            times.add(new StepTime(steps[i].name, steps[i].work, nanos[i][runs / 2] / 1e6, nanos[i][0] / 1e6));
        }
        return times;
    }

    private record Mark(String name, Activations value) {}

    private static final class Step implements Workers.Region {
        final String name;
        final Work work;
        final Op op;
        final List<Mark> marks = new ArrayList<>();
        int batch; // written before the team starts on the step

        Step(String name, Work work, Op op) {
            this.name = name;
            this.work = work;
            this.op = op;
        }

        @Override
        public void run(int part, int parts) {
            op.run(batch, part, parts);
        }
    }

    /// Collects the steps of a plan in the order in which they run.
    static final class Builder {
        private final List<Step> steps = new ArrayList<>();

        void step(String name, Work work, Op op) {
            steps.add(new Step(name, work, op));
        }

        /// Names what the last step made.
        void mark(String name, Activations value) {
            steps.getLast().marks.add(new Mark(name, value));
        }

        Plan build() {
            return new Plan(steps);
        }
    }
}
