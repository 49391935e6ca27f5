package sinew.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import sinew.bench.machine.Limits;
import sinew.engine.nn.Plan;

/// Where the time of one run of a network goes, kernel call by kernel call.
///
/// @param calls in the order in which they run
record Profile(List<Call> calls) {
    private static final int BAR = 40;

    /// One kernel call.
    record Call(String stage, String name, String kind, double millis, Load load) {}

    static Profile of(List<Plan.StepTime> steps, int batch) {
        return new Profile(steps.stream()
                .map(step -> new Call(stage(step.name()), step.name(), kind(step), step.millis(), Load.of(step, batch)))
                .toList());
    }

    private static String kind(Plan.StepTime step) {
        return step.work().kind().name().toLowerCase(Locale.ROOT);
    }

    /// The part of a network that a call belongs to: a UNet's level; a ResNet's layer, by torchvision's numbers of
    /// its children; otherwise whatever stands before the first dot.
    static String stage(String name) {
        int backbone = name.indexOf("backbone.");
        String own = backbone < 0 ? name.replaceFirst("^rgb_encoder\\.(\\d+\\.)?", "") : name.substring(backbone + 9);
        String first = own.split("\\.", 2)[0];
        return switch (first) {
            case "0", "1", "stem" -> "stem";
            case "4", "5", "6", "7" -> "layer" + (first.charAt(0) - '3');
            default -> first;
        };
    }

    double millis() {
        return calls.stream().mapToDouble(Call::millis).sum();
    }

    /// By kind, by stage, then every call, with bars as long as their part of the whole.
    List<String> lines(Limits limits) {
        List<String> lines = new ArrayList<>();
        double limit = calls.stream().mapToDouble(call -> call.load().limitMillis(limits)).sum();
        lines.add(String.format(Locale.ROOT,
                "  %d kernel calls, %.3f ms; the limits of the calls add up to %.3f ms, %s",
                calls.size(), millis(), limit, Text.percent(limit / millis())));
        lines.add("");
        groups(lines, limits, "kind of call", grouped(Call::kind), true);
        groups(lines, limits, "stage", grouped(Call::stage), false);
        String stage = null;
        for (Call call : calls) {
            if (!call.stage().equals(stage)) {
                stage = call.stage();
                lines.add("  " + stage);
            }
            lines.add(line("    " + call.name(), List.of(call), limits));
        }
        return lines;
    }

    private void groups(
            List<String> lines, Limits limits, String heading, Map<String, List<Call>> groups, boolean sorted) {
        List<Map.Entry<String, List<Call>>> entries = new ArrayList<>(groups.entrySet());
        if (sorted) {
            entries.sort(Comparator.comparingDouble(entry -> -sum(entry.getValue())));
        }
        lines.add(String.format("  %-46s %9s %6s  %s", heading, "ms", "share", "binds"));
        for (Map.Entry<String, List<Call>> entry : entries) {
            lines.add(line("  " + entry.getKey() + " (" + entry.getValue().size() + ")", entry.getValue(), limits));
        }
        lines.add("");
    }

    private Map<String, List<Call>> grouped(Function<Call, String> by) {
        Map<String, List<Call>> groups = new LinkedHashMap<>();
        calls.forEach(call -> groups.computeIfAbsent(by.apply(call), key -> new ArrayList<>()).add(call));
        return groups;
    }

    private String line(String label, List<Call> group, Limits limits) {
        double millis = sum(group);
        double limit = group.stream().mapToDouble(call -> call.load().limitMillis(limits)).sum();
        Figure figure = Figure.millis(label, new Times(millis, millis), group.stream().map(Call::load).toList());
        int bar = (int) Math.round(BAR * millis / millis());
        return String.format(Locale.ROOT, "%-48s %9.3f %6s  %-10s %s", label, millis,
                limit == 0 ? "" : Text.percent(limit / millis), Text.binding(figure.binding(limits)), "█".repeat(bar))
                .stripTrailing();
    }

    private static double sum(List<Call> calls) {
        return calls.stream().mapToDouble(Call::millis).sum();
    }
}
