package sinew.runtime.record;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import java.util.function.Consumer;
import sinew.runtime.control.Tally;

/// Turns takes into files: the video while the episode runs, then the plot, the line of metrics and the summary.
/// Lives on the recorder's thread; only [#fail] and [#throwFailure] may be called from others.
final class TakeWriter {
    /// Where the environments' verdict stands among what a step tells.
    private static final String VERDICT_KEY = "success";

    private final RunDirectory directory;
    private final EpisodeRecorder.Options options;
    private final FramePool pool;
    private final Consumer<String> console;
    private Tally tally = Tally.NONE;
    private boolean noVerdictTold;
    private IOException failure;

    TakeWriter(RunDirectory directory, EpisodeRecorder.Options options, FramePool pool, Consumer<String> console) {
        this.directory = directory;
        this.options = options;
        this.pool = pool;
        this.console = console;
    }

    void writeSummary() throws IOException {
        directory.writeSummary(tally, options.cameraKey(), options.fps());
    }

    /// Writes an episode while it is being recorded; returns when it is over and on disk.
    void write(EpisodeTake take) throws InterruptedException {
        int frames = writeVideo(take); // until its end, the take's other fields are not ours to read
        take.success = VERDICT_KEY.equals(options.successKey()) ? take.success : null;
        writePlot(take);
        tally = tally.plus(take.success);
        try {
            directory.appendMetrics(take.index, frames, take.success, tally, take.interrupted, take.pace);
            writeSummary();
        } catch (IOException e) {
            fail(new IOException("cannot write the records of episode " + take.index + ": " + e.getMessage(), e));
            return;
        }
        tell(take);
    }

    /// Notes the first thing that went wrong and tells the user of each.
    synchronized void fail(IOException e) {
        if (failure == null) {
            failure = e;
        }
        console.accept("[EvalRecordWrapper] Error: " + e.getMessage());
    }

    synchronized void throwFailure() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    /// Takes pictures until the episode is over; returns how many are in the video. When writing fails the rest
    /// is still taken, as the control thread counts on its buffers coming back.
    private int writeVideo(EpisodeTake take) throws InterruptedException {
        VideoWriter video = null;
        Exception failed = null;
        int frames = 0;
        try (FrameSpool spool = take.spool) {
            for (FrameSpool.Frame frame = spool.take(); frame != null; frame = spool.take()) {
                try {
                    if (failed == null) {
                        video = video == null ? open(take, frame) : video;
                        video.add(frame.rgb(), frame.height(), frame.width());
                        frames++;
                    }
                } catch (IOException | RuntimeException e) {
                    failed = e;
                } finally {
                    spool.recycle(frame);
                }
            }
            if (failed == null && video != null) {
                video.finish();
            }
        } catch (IOException e) {
            failed = e;
        }
        closeQuietly(video);
        if (failed != null) {
            fail(new IOException("no video of episode " + take.index + ": " + failed, failed));
            return 0;
        }
        return frames;
    }

    private VideoWriter open(EpisodeTake take, FrameSpool.Frame first) throws IOException {
        return new VideoWriter(directory.video(take.index), options.fps(), first.height(), first.width());
    }

    private static void closeQuietly(VideoWriter video) {
        try {
            if (video != null) {
                video.close();
            }
        } catch (IOException e) {
            // the video is lost for a reason that has been noted, or complete and renamed
        }
    }

    private void writePlot(EpisodeTake take) {
        if (take.track == null) {
            return;
        }
        try {
            ActionPlot.write(take.track, directory.plot(take.index));
        } catch (IOException | RuntimeException | LinkageError | InternalError e) {
            // a JDK without fonts or native AWT libraries: everything else is still worth having
            console.accept("[EvalRecordWrapper] Warning: no plot of episode " + take.index + " (" + e
                    + "); plots need fonts and fontconfig, e.g. the package fonts-dejavu-core");
        }
    }

    private void tell(EpisodeTake take) {
        if (take.success == null && take.interrupted == null && !noVerdictTold) {
            noVerdictTold = true;
            console.accept("[EvalRecordWrapper] Warning: episode " + take.index + " ended without a verdict under '"
                    + options.successKey() + "'; it counts as an episode but not in the success rate");
        }
        String video = Files.exists(directory.video(take.index))
                ? directory.video(take.index).getFileName().toString()
                : "no video";
        console.accept(String.format(
                Locale.ROOT,
                "[EvalRecordWrapper] Episode %d saved: %s | success=%s | mean_success=%.3f (%d/%d)",
                take.index,
                video,
                python(take.success),
                tally.successRate(),
                tally.successes(),
                tally.labelled()));
    }

    private static String python(Boolean verdict) {
        return verdict == null ? "None" : verdict ? "True" : "False";
    }
}
