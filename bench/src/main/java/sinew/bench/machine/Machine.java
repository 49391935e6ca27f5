package sinew.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// The machine that figures belong to.
///
/// @param cpu   as the system names it, with family and model where it tells: cloud machines hide the name
/// @param cores that the JVM may use
/// @param memoryBytes of the machine, 0 where the system does not tell
public record Machine(String cpu, int cores, long memoryBytes, String os, String arch, String jdk) {
    public static Machine here() {
        Map<String, String> cpu = fields(Path.of("/proc/cpuinfo"));
        return new Machine(
                cpuName(cpu, System.getProperty("os.arch")),
                Runtime.getRuntime().availableProcessors(),
                kibibytes(fields(Path.of("/proc/meminfo")).get("MemTotal")) << 10,
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("os.arch"),
                Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
    }

    static String cpuName(Map<String, String> fields, String otherwise) {
        String name = fields.get("model name");
        if (name == null) {
            String part = fields.get("CPU part"); // ARM
            return part == null ? otherwise : otherwise + " part " + part;
        }
        String family = fields.get("cpu family");
        return family == null ? name : name + " family " + family + " model " + fields.get("model");
    }

    /// Whether figures of the other can be compared with ours at all.
    public boolean isLike(Machine other) {
        return cpu.equals(other.cpu) && cores == other.cores && arch.equals(other.arch);
    }

    /// Fit for a file name: `amd-epyc-family-26-model-2-2-cores`.
    public String slug() {
        String words = cpu.replaceAll("\\((R|TM|tm)\\)", "") + " " + cores + " cores";
        return words.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    }

    /// Resident memory of a process in bytes, or -1 where the system does not tell.
    public static long residentBytes(long pid) {
        String resident = fields(Path.of("/proc", Long.toString(pid), "status")).get("VmRSS");
        return resident == null ? -1 : kibibytes(resident) << 10;
    }

    private static long kibibytes(String field) {
        return field == null ? 0 : Long.parseLong(field.replaceAll("[^0-9]", ""));
    }

    /// `name : value` lines, the first of each name; nothing where there is no such file.
    private static Map<String, String> fields(Path file) {
        Map<String, String> fields = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    fields.putIfAbsent(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
                }
            }
        } catch (IOException e) {
            return fields; // not Linux, or the process has ended
        }
        return fields;
    }
}
