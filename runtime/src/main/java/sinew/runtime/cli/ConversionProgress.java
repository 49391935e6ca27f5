package sinew.runtime.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import sinew.convert.ProgressListener;
import sinew.runtime.compare.ComparisonProgress;

/// Shows how a conversion and a comparison go on: a bar on a terminal, a line per phase elsewhere.
final class ConversionProgress implements ProgressListener, ComparisonProgress, AutoCloseable {
    private final PrintWriter plain;
    private String task;
    private ProgressBar bar;

    /// @param plain where lines go when there is no terminal
    ConversionProgress(PrintWriter plain) {
        this.plain = plain;
    }

    static boolean isTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    @Override
    public void progress(Phase phase, String tensor, int done, int total) {
        String now = switch (phase) {
            case CHECK -> "checking";
            case WRITE -> "writing";
            case REFERENCE -> "packing f32 to compare with:";
        };
        show(now, "tensors", done, total);
        if (bar != null) {
            bar.setExtraMessage(" " + tensor);
        }
    }

    @Override
    public void predicted(int done, int total) {
        show("comparing", total == 1 ? "prediction" : "predictions", done, total);
    }

    private void show(String now, String things, int done, int total) {
        if (!now.equals(task)) {
            close();
            task = now;
            begin(things, total);
        }
        if (bar != null) {
            bar.stepTo(done);
        }
    }

    private void begin(String things, int total) {
        if (isTerminal()) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(total)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .build();
        } else {
            plain.println(task + " " + total + " " + things + " ...");
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
