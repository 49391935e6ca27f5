package sinew.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import sinew.bench.machine.Limits;
import sinew.bench.machine.Machine;
import sinew.bench.machine.Rate;

/// A run as JSON: what the table shows, and what a later run is compared with.
final class Results {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FORMAT = 1;

    private Results() {}

    /// What a comparison needs of an earlier run.
    ///
    /// @param values median by id of the figure
    record Earlier(Machine machine, String date, String kernels, int threads, Map<String, Double> values) {}

    /// @param date    of the run, ISO 8601
    /// @param kernels name of the implementation
    /// @param limits  by thread count
    /// @param used    the ones that shares refer to
    static void write(Path file, Machine machine, String date, String kernels, List<Limits> limits, Limits used,
            Report report) throws IOException {
        ObjectNode root = JSON.createObjectNode().put("format", FORMAT).put("date", date);
        root.set("machine", JSON.valueToTree(machine));
        root.put("kernels", kernels).put("threads", used.threads());
        limits.forEach(l -> limits(root.withArray("limits").addObject(), l));
        report.figures().forEach(figure -> figure(root.withArray("figures").addObject(), figure, used));
        report.skipped().forEach(root.withArray("skipped")::add);
        report.failures().forEach(root.withArray("failures")::add);
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
    }

    private static void limits(ObjectNode out, Limits limits) {
        out.put("threads", limits.threads());
        rate(out, "read", "gbs", limits.read());
        rate(out, "read_by_layers", "gbs", limits.stepRead());
        for (Limits.Fma fma : limits.fma()) {
            rate(out, "fma_" + fma.bits(), "gflops", fma.rate());
        }
    }

    private static void rate(ObjectNode out, String name, String unit, Rate rate) {
        number(out, name + "_" + unit, rate.median() / 1e9);
        number(out, name + "_best_" + unit, rate.best() / 1e9);
    }

    private static void figure(ObjectNode out, Figure figure, Limits limits) {
        out.put("id", figure.id()).put("unit", figure.unit());
        number(out, "median", figure.value());
        number(out, "best", figure.min());
        if (!figure.loads().isEmpty()) {
            Load whole = Load.sum(figure.loads());
            out.put("flops", (long) whole.flops()).put("weight_bytes", (long) whole.bytes());
            number(out, "limit_ms", figure.limitMillis(limits));
            number(out, "share", figure.share(limits));
            out.put("binds", figure.binding(limits).name().toLowerCase(Locale.ROOT));
            number(out, "gbs", figure.gigabytesPerSecond());
            number(out, "gflops", figure.gigaflopsPerSecond());
        }
        for (Figure.Versus peer : figure.peers()) {
            ObjectNode node = out.withArray("peers").addObject().put("name", peer.name());
            number(node, "median", peer.value());
            number(node, "best", peer.min());
            number(node, "ratio", peer.ratio());
            if (!Double.isNaN(peer.deviation())) {
                node.put("deviation", peer.deviation());
            }
        }
    }

    /// Four digits after the point are beyond any clock.
    private static void number(ObjectNode out, String name, double value) {
        out.put(name, Math.round(value * 1e4) / 1e4);
    }

    /// @throws IOException when the file is no result of `sinew bench --json`
    static Earlier read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("there is no file " + file + " to compare with. Write one with --json");
        }
        try {
            JsonNode root = JSON.readTree(Files.readAllBytes(file));
            if (root.path("format").asInt() != FORMAT) {
                throw new IOException(file + " is no result of this version's sinew bench --json: its format is "
                        + root.path("format") + ", want " + FORMAT + ". Measure it again");
            }
            Machine machine = JSON.treeToValue(root.get("machine"), Machine.class);
            Map<String, Double> values = new TreeMap<>();
            for (JsonNode figure : (ArrayNode) root.withArray("figures")) {
                values.put(figure.path("id").asText(), figure.path("median").asDouble());
            }
            return new Earlier(machine, root.path("date").asText(), root.path("kernels").asText(),
                    root.path("threads").asInt(), values);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new IOException(file + " is no result of sinew bench --json: "
                    + e.getMessage().lines().findFirst().orElse(""), e);
        }
    }
}
