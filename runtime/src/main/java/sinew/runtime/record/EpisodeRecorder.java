package sinew.runtime.record;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import sinew.engine.policy.Image;
import sinew.runtime.control.Ending;
import sinew.runtime.control.Phase;
import sinew.runtime.control.StepListener;
import sinew.runtime.control.StepRecord;

/// Writes what happened to disk: `summary.json`, `metrics.jsonl`, one video and one plot of actions per episode.
///
/// Pictures are copied on the control thread and encoded on the thread `recorder`. Nothing is dropped: when the
/// encoder falls behind, pictures wait on disk, and the end of an episode blocks until the rest fits in memory.
/// Files appear under their names when they are complete, so that whoever kills the program keeps every
/// finished episode.
public final class EpisodeRecorder implements StepListener, AutoCloseable {
    /// What to record and where.
    ///
    /// @param outputDir   the run gets a folder of its own in it, named after the time
    /// @param fps         pictures per second of the videos
    /// @param cameraKey   the camera whose pictures are kept
    /// @param successKey  where the verdict is looked for; the environments have it under `success`
    /// @param filePrefix  beginning of the files' names, `episode` as a rule
    public record Options(Path outputDir, int fps, String cameraKey, String successKey, String filePrefix) {
        public Options {
            if (fps < 1 || fps > 1000) {
                throw new IllegalArgumentException("videos have 1 to 1000 pictures per second, got " + fps);
            }
            if (filePrefix.isEmpty() || !filePrefix.equals(Path.of(filePrefix).getFileName().toString())) {
                throw new IllegalArgumentException("a file prefix is a plain name, got '" + filePrefix + "'");
            }
        }
    }

    private static final int PICTURES_IN_MEMORY = 64;

    private final Options options;
    private final RunDirectory directory;
    private final Consumer<String> console;
    private final FramePool pool = new FramePool(PICTURES_IN_MEMORY);
    private final LinkedBlockingQueue<EpisodeTake> takes = new LinkedBlockingQueue<>();
    private final EpisodeTake last = new EpisodeTake(-1, null);
    private final Thread thread;
    private final TakeWriter writer;
    private EpisodeTake current; // control thread
    private int begun;
    private boolean missingCameraTold;
    private boolean closed;

    private EpisodeRecorder(Options options, RunDirectory directory, Consumer<String> console) {
        this.options = options;
        this.directory = directory;
        this.console = console;
        this.writer = new TakeWriter(directory, options, pool, console);
        this.thread = Thread.ofPlatform().name("recorder").unstarted(this::writeTakes);
    }

    /// Makes the run's folder and its first summary.
    ///
    /// @param console gets the lines that a user sees; called on the control and the recorder's thread
    /// @throws IOException when the folder cannot be made
    public static EpisodeRecorder open(Options options, Consumer<String> console) throws IOException {
        RunDirectory directory;
        EpisodeRecorder recorder;
        try {
            directory = RunDirectory.create(options.outputDir(), options.filePrefix(), LocalDateTime.now());
            recorder = new EpisodeRecorder(options, directory, console);
            recorder.writer.writeSummary();
        } catch (IOException e) {
            throw new IOException("cannot make a folder for the records in " + options.outputDir() + ": " + e, e);
        }
        console.accept("[EvalRecordWrapper] Output dir: " + directory.root());
        recorder.thread.start();
        return recorder;
    }

    /// The folder of this run.
    public Path runDirectory() {
        return directory.root();
    }

    @Override
    public void onStep(StepRecord record) {
        if (record.phase() == Phase.WAITING_RESET || closed) {
            return;
        }
        if (record.phase() == Phase.RESET) {
            finish(null, current == null ? null : "reset before its end");
            begin();
        }
        if (record.ending() != Ending.INTERRUPTED) {
            addPicture(record.observation().images().get(options.cameraKey()), record);
        }
        if (record.phase() == Phase.STEP && record.predicted() != null) {
            addActions(record);
        }
        if (record.ending() != null) {
            current.pace = record.pace();
            finish(record.success(), record.ending() == Ending.INTERRUPTED ? record.error() : null);
        }
    }

    /// Finishes what is open and waits until everything is on disk.
    ///
    /// @throws IOException the first thing that could not be written
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        finish(null, "ended with the program");
        takes.add(last);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        writer.throwFailure();
    }

    private void begin() {
        current = new EpisodeTake(begun, new FrameSpool(pool, directory.spillFile(begun)));
        begun++;
        takes.add(current);
    }

    private void addPicture(Image image, StepRecord record) {
        if (image == null) {
            if (!missingCameraTold) {
                missingCameraTold = true;
                console.accept("[EvalRecordWrapper] Warning: no camera '" + options.cameraKey()
                        + "' in the observation (" + String.join(", ", record.observation().images().keySet()) + "): no video is recorded");
            }
            return;
        }
        if (current.picturesLost) {
            return;
        }
        try {
            current.spool.put(image);
        } catch (IOException e) {
            current.picturesLost = true;
            String what = "cannot keep the pictures of episode " + current.index + ": " + e.getMessage();
            writer.fail(new IOException(what, e));
        }
    }

    private void addActions(StepRecord record) {
        if (current.track == null) {
            current.track = new ActionTrack(record.predicted().length);
        }
        current.track.add(record.predicted(), record.groundTruth());
    }

    private void finish(Boolean success, String interrupted) {
        if (current == null) {
            return;
        }
        EpisodeTake take = current;
        current = null;
        take.success = success;
        take.interrupted = interrupted;
        take.spool.end();
        try {
            take.spool.awaitInMemory();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void writeTakes() {
        try {
            for (EpisodeTake take = takes.take(); take != last; take = takes.take()) {
                writer.write(take);
            }
        } catch (InterruptedException e) {
            throw new UncheckedIOException(new IOException("the recorder was interrupted", e));
        }
    }
}
