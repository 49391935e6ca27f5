package sinew.runtime.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// The process's own streams in UTF-8: the console's encoding may be anything, its users' terminals read UTF-8.
final class Utf8Console {
    private Utf8Console() {}

    static PrintStream out() {
        return of(FileDescriptor.out);
    }

    static PrintStream err() {
        return of(FileDescriptor.err);
    }

    private static PrintStream of(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
