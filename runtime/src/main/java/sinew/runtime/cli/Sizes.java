package sinew.runtime.cli;

import java.util.Locale;

/// Sizes as people read them.
final class Sizes {
    private Sizes() {}

    /// `3.4 MiB`
    static String bytes(long bytes) {
        String[] units = {"KiB", "MiB", "GiB"};
        double size = bytes;
        String unit = "bytes";
        for (int i = 0; i < units.length && size >= 1024; i++) {
            size /= 1024;
            unit = units[i];
        }
        return unit.equals("bytes") ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %s", size, unit);
    }
}
