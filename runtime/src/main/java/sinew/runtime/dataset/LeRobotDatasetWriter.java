package sinew.runtime.dataset;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.dataset.ParquetWriter.Column;
import sinew.runtime.dataset.ParquetWriter.Kind;
import sinew.runtime.record.VideoWriter;

/// Writes demonstrations as a LeRobot data set of format v3.0: states and actions as Parquet, cameras as H.264 videos.
/// Call [#frame] for each control step, [#endEpisode] after the last one, [#close] at the end: only then is it
/// complete.
///
/// Per-episode statistics are left out; LeRobot reads the whole set's from stats.json.
public final class LeRobotDatasetWriter implements DemonstrationSink {
    private static final int CHUNKS_SIZE = 1000;
    private static final int DATA_FILE_MB = 100;
    private static final int VIDEO_FILE_MB = 200;
    private static final long MEGABYTE = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String DATA = "data/chunk-%03d/file-%03d.parquet";
    private static final String VIDEO = "videos/%s/chunk-%03d/file-%03d.mp4";
    private static final String EPISODES = "meta/episodes/chunk-000/file-000.parquet";

    private final Path root;
    private final DatasetFeatures features;
    private final List<String> tasks = new ArrayList<>();
    private final List<Episode> episodes = new ArrayList<>();
    private final Map<String, CameraFile> cameras = new LinkedHashMap<>();
    private final FeatureStats.OfVectors stateStats;
    private final FeatureStats.OfVectors actionStats;
    private final FeatureStats.OfVectors timeStats = new FeatureStats.OfVectors(1);
    private final Map<String, FeatureStats.OfImages> imageStats = new LinkedHashMap<>();

    private final List<float[]> states = new ArrayList<>();
    private final List<float[]> actions = new ArrayList<>();
    private ParquetWriter data;
    private int dataFile = -1;
    private long total;

    /// Where an episode lies.
    private record Episode(String task, long from, long to, int dataFile, Map<String, VideoSpan> videos) {}

    private record VideoSpan(int file, double from, double to) {}

    /// The video that a camera's frames go to now.
    private static final class CameraFile {
        private VideoWriter writer;
        private int file = -1;
        private int episodeStart;
    }

    /// @param root a folder that is empty or not there yet
    public LeRobotDatasetWriter(Path root, DatasetFeatures features) throws IOException {
        this.root = root;
        this.features = features;
        stateStats = new FeatureStats.OfVectors(features.dim());
        actionStats = new FeatureStats.OfVectors(features.dim());
        for (String camera : features.cameras()) {
            cameras.put(camera, new CameraFile());
            imageStats.put(camera, new FeatureStats.OfImages());
        }
        EmptyFolder.make(root);
        Files.createDirectories(root.resolve("meta/episodes/chunk-000"));
    }

    /// The truth is not kept: the format has no place for it.
    @Override
    public void frame(float[] state, float[] action, Map<String, Image> images, float[] truth) throws IOException {
        checkLength("state", state);
        checkLength("action", action);
        float time = states.size() / (float) features.fps();
        states.add(state.clone());
        actions.add(action.clone());
        stateStats.add(state);
        actionStats.add(action);
        timeStats.add(time);
        for (String camera : features.cameras()) {
            Image image = images.get(camera);
            if (image == null) {
                throw new IllegalArgumentException("no picture of camera " + camera + "; there are " + images.keySet());
            }
            video(camera, image).add(image.rgb(), image.height(), image.width());
            imageStats.get(camera).add(image);
        }
    }

    private void checkLength(String what, float[] vector) {
        if (vector.length != features.dim()) {
            throw new IllegalArgumentException(
                    "a " + what + " of " + features.robotType() + " has " + features.dim() + " values, got "
                    + vector.length);
        }
    }

    /// The camera's video; a new file begins only between episodes.
    private VideoWriter video(String camera, Image image) throws IOException {
        CameraFile c = cameras.get(camera);
        boolean firstFrame = states.size() == 1;
        if (c.writer != null && firstFrame && c.writer.bytes() > VIDEO_FILE_MB * MEGABYTE) {
            c.writer.finish();
            c.writer.close();
            c.writer = null;
        }
        if (c.writer == null) {
            c.file++;
            Path file = root.resolve(String.format(
                    Locale.ROOT, VIDEO, DatasetFeatures.videoKey(camera), c.file / CHUNKS_SIZE, c.file % CHUNKS_SIZE));
            Files.createDirectories(file.getParent());
            c.writer = new VideoWriter(file, features.fps(), image.height(), image.width());
        }
        if (firstFrame) {
            c.episodeStart = c.writer.frames();
        }
        return c.writer;
    }

    @Override
    public void endEpisode(String task) throws IOException {
        int length = states.size();
        if (length == 0) {
            throw new IllegalStateException("an episode needs at least one frame");
        }
        if (!tasks.contains(task)) {
            tasks.add(task);
        }
        Map<String, VideoSpan> spans = new LinkedHashMap<>();
        cameras.forEach((camera, c) -> spans.put(camera, new VideoSpan(
                c.file, seconds(c.episodeStart), seconds(c.episodeStart + length))));
        writeRows(length, tasks.indexOf(task));
        episodes.add(new Episode(task, total, total + length, dataFile, spans));
        total += length;
        states.clear();
        actions.clear();
    }

    private double seconds(int frames) {
        return frames / (double) features.fps();
    }

    private void writeRows(int length, int task) throws IOException {
        if (data == null || data.size() > DATA_FILE_MB * MEGABYTE) {
            if (data != null) {
                data.close();
            }
            dataFile++;
            Path file = root.resolve(String.format(Locale.ROOT, DATA, dataFile / CHUNKS_SIZE, dataFile % CHUNKS_SIZE));
            Files.createDirectories(file.getParent());
            data = new ParquetWriter(file, List.of(
                    new Column("action", Kind.FLOAT_LIST), new Column("observation.state", Kind.FLOAT_LIST),
                    new Column("timestamp", Kind.FLOAT), new Column("frame_index", Kind.INT64),
                    new Column("episode_index", Kind.INT64), new Column("index", Kind.INT64),
                    new Column("task_index", Kind.INT64)), Map.of());
        }
        float[] time = new float[length];
        long[] frame = new long[length], episode = new long[length], index = new long[length],
                tasksOf = new long[length];
        for (int i = 0; i < length; i++) {
            time[i] = i / (float) features.fps();
            frame[i] = i;
            episode[i] = episodes.size();
            index[i] = total + i;
            tasksOf[i] = task;
        }
        data.rowGroup(actions.toArray(float[][]::new), states.toArray(float[][]::new), time, frame, episode, index,
                tasksOf);
    }

    /// Completes videos, tables and metadata. Frames of an episode that was not ended are lost.
    @Override
    public void close() throws IOException {
        for (CameraFile c : cameras.values()) {
            if (c.writer != null) {
                c.writer.finish();
                c.writer.close();
            }
        }
        if (data != null) {
            data.close();
        }
        writeEpisodes();
        writeTasks();
        writeStats();
        // Last: whoever finds it finds all the rest.
        JSON.writerWithDefaultPrettyPrinter().writeValue(root.resolve("meta/info.json").toFile(), info());
    }

    private void writeEpisodes() throws IOException {
        int n = episodes.size();
        List<Column> columns = new ArrayList<>(List.of(
                new Column("episode_index", Kind.INT64), new Column("tasks", Kind.STRING_LIST),
                new Column("length", Kind.INT64),
                new Column("data/chunk_index", Kind.INT64), new Column("data/file_index", Kind.INT64),
                new Column("dataset_from_index", Kind.INT64), new Column("dataset_to_index", Kind.INT64)));
        List<Object> values = new ArrayList<>();
        values.add(longs(n, i -> i));
        values.add(episodes.stream().map(e -> new String[] {e.task}).toArray(String[][]::new));
        values.add(longs(n, i -> episodes.get(i).to - episodes.get(i).from));
        values.add(longs(n, i -> episodes.get(i).dataFile / CHUNKS_SIZE));
        values.add(longs(n, i -> episodes.get(i).dataFile % CHUNKS_SIZE));
        values.add(longs(n, i -> episodes.get(i).from));
        values.add(longs(n, i -> episodes.get(i).to));
        for (String camera : features.cameras()) {
            String prefix = "videos/" + DatasetFeatures.videoKey(camera) + "/";
            columns.addAll(List.of(
                    new Column(prefix + "chunk_index", Kind.INT64), new Column(prefix + "file_index", Kind.INT64),
                    new Column(prefix + "from_timestamp", Kind.DOUBLE),
                    new Column(prefix + "to_timestamp", Kind.DOUBLE)));
            values.add(longs(n, i -> episodes.get(i).videos.get(camera).file / CHUNKS_SIZE));
            values.add(longs(n, i -> episodes.get(i).videos.get(camera).file % CHUNKS_SIZE));
            values.add(episodes.stream().mapToDouble(e -> e.videos.get(camera).from).toArray());
            values.add(episodes.stream().mapToDouble(e -> e.videos.get(camera).to).toArray());
        }
        columns.addAll(List.of(
                new Column("meta/episodes/chunk_index", Kind.INT64),
                new Column("meta/episodes/file_index", Kind.INT64)));
        values.add(new long[n]);
        values.add(new long[n]);
        try (ParquetWriter file = new ParquetWriter(root.resolve(EPISODES), columns, Map.of())) {
            if (n > 0) {
                file.rowGroup(values.toArray());
            }
        }
    }

    private static long[] longs(int n, java.util.function.IntToLongFunction value) {
        long[] out = new long[n];
        for (int i = 0; i < n; i++) {
            out[i] = value.applyAsLong(i);
        }
        return out;
    }

    /// The task's text is the index of a pandas table; its metadata says so.
    private void writeTasks() throws IOException {
        ObjectNode pandas = JSON.createObjectNode();
        pandas.putArray("index_columns").add("task");
        pandas.putArray("column_indexes");
        ArrayNode columns = pandas.putArray("columns");
        columns.addObject().put("name", "task_index").put("field_name", "task_index").put("pandas_type", "int64")
                .put("numpy_type", "int64").putNull("metadata");
        columns.addObject().put("name", "task").put("field_name", "task").put("pandas_type", "unicode")
                .put("numpy_type", "object").putNull("metadata");
        pandas.put("pandas_version", "2.2.3");
        List<Column> schema = List.of(new Column("task_index", Kind.INT64), new Column("task", Kind.STRING));
        Map<String, String> metadata = Map.of("pandas", JSON.writeValueAsString(pandas));
        try (ParquetWriter file = new ParquetWriter(root.resolve("meta/tasks.parquet"), schema, metadata)) {
            if (!tasks.isEmpty()) {
                file.rowGroup(longs(tasks.size(), i -> i), tasks.toArray(String[]::new));
            }
        }
    }

    private void writeStats() throws IOException {
        ObjectNode stats = JSON.createObjectNode();
        if (total > 0) {
            stats.set("action", actionStats.toJson());
            stats.set("observation.state", stateStats.toJson());
            stats.set("timestamp", timeStats.toJson());
            imageStats.forEach((camera, s) -> stats.set(DatasetFeatures.videoKey(camera), s.toJson()));
        }
        JSON.writerWithDefaultPrettyPrinter().writeValue(root.resolve("meta/stats.json").toFile(), stats);
    }

    private ObjectNode info() {
        ObjectNode info = JSON.createObjectNode();
        info.put("codebase_version", "v3.0").put("robot_type", features.robotType());
        info.put("total_episodes", episodes.size()).put("total_frames", total).put("total_tasks", tasks.size());
        info.put("chunks_size", CHUNKS_SIZE).put("data_files_size_in_mb", DATA_FILE_MB);
        info.put("video_files_size_in_mb", VIDEO_FILE_MB).put("fps", features.fps());
        info.putObject("splits").put("train", "0:" + episodes.size());
        info.put("data_path", "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet");
        if (features.cameras().isEmpty()) {
            info.putNull("video_path");
        } else {
            info.put("video_path", "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4");
        }
        ObjectNode all = info.putObject("features");
        for (String vector : List.of("action", "observation.state")) {
            ObjectNode feature = all.putObject(vector).put("dtype", "float32");
            feature.putArray("shape").add(features.dim());
            ArrayNode names = feature.putArray("names");
            features.motorNames().forEach(names::add);
        }
        for (String camera : features.cameras()) {
            ObjectNode feature = all.putObject(DatasetFeatures.videoKey(camera)).put("dtype", "video");
            feature.putArray("shape").add(480).add(640).add(3);
            feature.putArray("names").add("height").add("width").add("channels");
            feature.putObject("info").put("video.height", 480).put("video.width", 640).put("video.codec", "h264")
                    .put("video.pix_fmt", "yuv420p").put("video.is_depth_map", false).put("video.fps", features.fps())
                    .put("video.channels", 3).put("has_audio", false);
        }
        scalar(all, "timestamp", "float32");
        for (String index : List.of("frame_index", "episode_index", "index", "task_index")) {
            scalar(all, index, "int64");
        }
        return info;
    }

    private static void scalar(ObjectNode all, String name, String type) {
        ObjectNode feature = all.putObject(name).put("dtype", type);
        feature.putArray("shape").add(1);
        feature.putNull("names");
    }
}
