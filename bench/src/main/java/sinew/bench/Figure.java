package sinew.bench;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import sinew.bench.Load.Binding;
import sinew.bench.machine.Limits;

/// One measured quantity, the smaller the better.
///
/// @param id    what, with its settings: `unet/default-h16/b1/f32`
/// @param unit  `ms` or `MB` (10^6 bytes)
/// @param value the median
/// @param min   of the best run
/// @param loads what had to be done, one for each part that ran after another; empty where nothing is counted
/// @param peers the same work done by others in the same run
record Figure(String id, String unit, double value, double min, List<Load> loads, List<Versus> peers) {
    static final String MILLIS = "ms";
    static final String MEGABYTES = "MB";

    /// Another's figure for the same.
    ///
    /// @param ratio     its median over ours: above 1 it is slower
    /// @param deviation largest difference between its output and ours, NaN where they were not compared
    record Versus(String name, double value, double min, double ratio, double deviation) {}

    Figure {
        loads = List.copyOf(loads);
        peers = List.copyOf(peers);
    }

    static Figure millis(String id, Times times, List<Load> loads) {
        return new Figure(id, MILLIS, times.median(), times.min(), loads, List.of());
    }

    Figure withPeers(List<Versus> peers) {
        return new Figure(id, unit, value, min, loads, peers);
    }

    /// Time that the machine's limits leave, in milliseconds; 0 where nothing is counted.
    double limitMillis(Limits limits) {
        return loads.stream().mapToDouble(load -> load.limitMillis(limits)).sum();
    }

    /// Part of the limit that was reached, 0 to 1; NaN where nothing is counted.
    double share(Limits limits) {
        return loads.isEmpty() ? Double.NaN : limitMillis(limits) / value;
    }

    /// What binds the longest of the parts, or the only one.
    Binding binding(Limits limits) {
        return loads.stream()
                .collect(Collectors.groupingBy(
                        load -> load.binding(limits), Collectors.summingDouble(load -> load.limitMillis(limits))))
                .entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(Binding.NOTHING);
    }

    /// Bytes of weights per nanosecond; 0 where nothing is counted.
    double gigabytesPerSecond() {
        return Load.sum(loads).bytes() / value / 1e6;
    }

    /// Operations per nanosecond; 0 where nothing is counted.
    double gigaflopsPerSecond() {
        return Load.sum(loads).flops() / value / 1e6;
    }
}
