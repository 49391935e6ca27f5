package sinew.runtime.record;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import sinew.runtime.control.StepRecord;
import sinew.runtime.control.Tally;

/// The folder of one run and the files in it whose content other programs read. Their bytes are those of
/// Python's `json` module.
final class RunDirectory {
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");

    private final Path root;
    private final String filePrefix;

    private RunDirectory(Path root, String filePrefix) {
        this.root = root;
        this.filePrefix = filePrefix;
    }

    /// Makes `<outputDir>/<YYYYMMDD_HHMMSS>/videos`; a second run within a second gets a suffix.
    static RunDirectory create(Path outputDir, String filePrefix, LocalDateTime now) throws IOException {
        Files.createDirectories(outputDir);
        String name = NAME.format(now);
        for (int attempt = 1; ; attempt++) {
            Path root = outputDir.resolve(attempt == 1 ? name : name + "_" + attempt);
            try {
                Files.createDirectory(root);
            } catch (FileAlreadyExistsException e) {
                continue;
            }
            Files.createDirectory(root.resolve("videos"));
            return new RunDirectory(root, filePrefix);
        }
    }

    Path root() {
        return root;
    }

    /// `videos/episode_000000.mp4`, relative to the run.
    String videoName(int episode) {
        return "videos/" + filePrefix + String.format(Locale.ROOT, "_%06d.mp4", episode);
    }

    Path video(int episode) {
        return root.resolve(videoName(episode));
    }

    Path spillFile(int episode) {
        return root.resolve("videos").resolve("." + filePrefix + "_" + episode + ".frames.part");
    }

    /// `episode_0_actions.png`
    Path plot(int episode) {
        return root.resolve(filePrefix + "_" + episode + "_actions.png");
    }

    /// Replaces summary.json in one step.
    void writeSummary(Tally tally, String cameraKey, int fps) throws IOException {
        String json = "{\n"
                + "  \"episodes\": " + tally.episodes() + ",\n"
                + "  \"episodes_labeled\": " + tally.labelled() + ",\n"
                + "  \"successes\": " + tally.successes() + ",\n"
                + "  \"success_rate\": " + tally.successRate() + ",\n"
                + "  \"camera_key\": " + quote(cameraKey) + ",\n"
                + "  \"fps\": " + fps + "\n"
                + "}\n";
        Path part = root.resolve(".summary.json.part");
        Files.writeString(part, json);
        Files.move(
                part,
                root.resolve("summary.json"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /// Appends one line to metrics.jsonl.
    ///
    /// @param tally       this episode included
    /// @param interrupted why the episode has no proper end, or null: then the line has no such field
    /// @param pace        what is unknown of it is left out
    void appendMetrics(
            int episode, int frames, Boolean success, Tally tally, String interrupted, StepRecord.Pace pace)
            throws IOException {
        String line = "{\"episode\": " + episode
                + ", \"frames\": " + frames
                + ", \"video\": " + quote(videoName(episode))
                + ", \"success\": " + success
                + ", \"episodes\": " + tally.episodes()
                + ", \"episodes_labeled\": " + tally.labelled()
                + ", \"success_rate\": " + tally.successRate()
                + PaceJson.fields(pace)
                + (interrupted == null ? "" : ", \"interrupted\": " + quote(interrupted))
                + "}\n";
        Files.writeString(
                root.resolve("metrics.jsonl"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static String quote(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
