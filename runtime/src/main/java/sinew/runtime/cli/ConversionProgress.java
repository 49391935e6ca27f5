package sinew.runtime.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import sinew.convert.ProgressListener;

/// Shows how a conversion goes on: a bar on a terminal, a line per phase elsewhere.
final class ConversionProgress implements ProgressListener, AutoCloseable {
    private final PrintWriter plain;
    private Phase phase;
    private ProgressBar bar;

    /// @param plain where lines go when there is no terminal
    ConversionProgress(PrintWriter plain) {
        this.plain = plain;
    }

    static boolean isTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    @Override
    public void progress(Phase now, String tensor, int done, int total) {
        if (now != phase) {
            close();
            phase = now;
            begin(total);
        }
        if (bar != null) {
            bar.stepTo(done);
            bar.setExtraMessage(" " + tensor);
        }
    }

    private void begin(int total) {
        String task = switch (phase) {
            case CHECK -> "checking";
            case WRITE -> "writing";
        };
        if (isTerminal()) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .build();
        } else {
            plain.println(task + " " + total + " tensors ...");
            plain.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.setExtraMessage("");
            bar.close();
            bar = null;
        }
    }
}
