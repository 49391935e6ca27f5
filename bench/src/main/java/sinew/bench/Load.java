package sinew.bench;

import java.util.List;
import sinew.bench.machine.Limits;
import sinew.engine.nn.Plan;

/// What something that was timed has to do at the least, see [sinew.engine.nn.Work]: operations, and bytes of weights
/// to read.
record Load(double flops, double bytes) {
    /// Which limit of the machine a load meets first.
    enum Binding {
        READING,
        ARITHMETIC,
        NOTHING
    }

    static Load of(Plan plan, int batch) {
        return new Load(plan.flops(batch), plan.weightBytes());
    }

    static Load of(Plan.StepTime step, int batch) {
        return new Load((double) step.work().flops() * batch, step.work().bytes());
    }

    static Load sum(List<Load> parts) {
        return new Load(
                parts.stream().mapToDouble(Load::flops).sum(), parts.stream().mapToDouble(Load::bytes).sum());
    }

    Load times(int runs) {
        return new Load(flops * runs, bytes * runs);
    }

    /// No machine with these limits needs less than this many milliseconds.
    double limitMillis(Limits limits) {
        return Math.max(readingMillis(limits), arithmeticMillis(limits));
    }

    Binding binding(Limits limits) {
        if (flops == 0 && bytes == 0) {
            return Binding.NOTHING;
        }
        return readingMillis(limits) > arithmeticMillis(limits) ? Binding.READING : Binding.ARITHMETIC;
    }

    private double readingMillis(Limits limits) {
        return bytes / limits.bytesPerSecond() * 1e3;
    }

    private double arithmeticMillis(Limits limits) {
        return flops / limits.flopsPerSecond() * 1e3;
    }
}
