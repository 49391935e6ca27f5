package sinew.bench;

import java.util.List;
import sinew.bench.machine.Limits;
import sinew.bench.machine.Machine;
import sinew.bench.machine.Rate;

/// A machine that reads 30 GB/s and computes 400 GFLOP/s with two threads.
final class Samples {
    static final Machine MACHINE = new Machine("Test CPU", 2, 8L << 30, "Linux 1", "amd64", "25");

    static final Limits LIMITS = new Limits(2, rate(30), rate(28),
            List.of(new Limits.Fma(256, rate(200)), new Limits.Fma(512, rate(400))));

    private Samples() {}

    static Rate rate(double billions) {
        return new Rate(billions * 1e9, billions * 1.1e9);
    }

    static Figure figure(String id, double millis) {
        return Figure.millis(id, new Times(millis, millis), List.of());
    }

    /// 40 ms for what takes 30 to read and 4.5 to compute.
    static Figure step() {
        return Figure.millis("unet/default-h16/b1/f32", new Times(40, 38), List.of(new Load(1.8e9, 0.9e9)));
    }
}
