package sinew.runtime.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.SchemaNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// States, actions and task texts of a LeRobot data set of format v3.0, held in memory; pictures stay on disk.
public final class LeRobotDataset {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String VIDEO_PREFIX = "observation.images.";

    private final Path root;
    private final int fps;
    private final int dim;
    private final List<String> cameras;
    private final List<String> actionNames;
    private final List<Episode> episodes;

    /// One demonstration.
    ///
    /// @param index   its number in the data set
    /// @param task    what was done, in words
    /// @param states  [frames][dim]
    /// @param actions [frames][dim]
    /// @param videos  for each camera where its pictures are, for those that the data set tells of
    public record Episode(int index, String task, float[][] states, float[][] actions, Map<String, VideoSpan> videos) {
        public int frames() {
            return states.length;
        }
    }

    /// Part of a video file.
    ///
    /// @param from seconds into the file at which the episode begins
    public record VideoSpan(Path file, double from) {}

    private LeRobotDataset(Path root, int fps, int dim, List<String> cameras, List<String> actionNames,
            List<Episode> episodes) {
        this.root = root;
        this.fps = fps;
        this.dim = dim;
        this.cameras = cameras;
        this.actionNames = actionNames;
        this.episodes = episodes;
    }

    /// Reads a data set's tables.
    ///
    /// @throws DatasetException when it is not one, or not of format v3, or damaged
    public static LeRobotDataset open(Path root) throws IOException {
        Path infoFile = root.resolve("meta/info.json");
        if (!Files.isRegularFile(infoFile)) {
            throw new DatasetException(root + " is no LeRobot data set: there is no meta/info.json in it");
        }
        JsonNode info = JSON.readTree(infoFile.toFile());
        String version = info.path("codebase_version").asText();
        if (!version.startsWith("v3.")) {
            throw new DatasetException(infoFile + ": format " + (version.isEmpty() ? "unknown" : version)
                    + "; v3.x can be read (LeRobot's convert_dataset_v21_to_v30 converts older ones)");
        }
        int dim = info.path("features").path("observation.state").path("shape").path(0).asInt();
        if (dim != 6 && dim != 12) {
            throw new DatasetException(infoFile + ": observation.state has " + dim
                    + " values; one SO-101 arm has 6 and two have 12");
        }
        List<String> cameras = new ArrayList<>();
        info.path("features").fieldNames().forEachRemaining(name -> {
            if (name.startsWith(VIDEO_PREFIX)) {
                cameras.add(name.substring(VIDEO_PREFIX.length()));
            }
        });
        Map<Long, String> tasks = tasks(root.resolve("meta/tasks.parquet"));
        Map<Integer, Map<String, VideoSpan>> videos = videos(root, cameras);
        List<Episode> episodes = new ArrayList<>();
        for (Path file : parquetFiles(root.resolve("data"))) {
            readRows(file, dim, tasks, videos, episodes);
        }
        if (episodes.isEmpty()) {
            throw new DatasetException(root + " holds no frames: no data/chunk-*/file-*.parquet with rows");
        }
        return new LeRobotDataset(root, info.path("fps").asInt(30), dim, List.copyOf(cameras), actionNames(info, dim),
                List.copyOf(episodes));
    }

    /// Empty when there are not as many as values.
    private static List<String> actionNames(JsonNode info, int dim) {
        List<String> names = new ArrayList<>();
        info.path("features").path("action").path("names").forEach(name -> names.add(name.asText()));
        return names.size() == dim ? List.copyOf(names) : List.of();
    }

    private static List<Path> parquetFiles(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(f -> f.toString().endsWith(".parquet")).sorted().toList();
        }
    }

    private static Map<Long, String> tasks(Path file) throws IOException {
        Map<Long, String> tasks = new HashMap<>();
        if (Files.isRegularFile(file)) {
            try (ParquetFileReader reader = reader(file); RowReader rows = reader.rowReader()) {
                // The text is pandas' index column; older sets do not name it.
                String text = hasColumn(reader, "task") ? "task" : "__index_level_0__";
                while (rows.hasNext()) {
                    rows.next();
                    tasks.put(rows.getLong("task_index"), rows.getString(text));
                }
            } catch (RuntimeException e) {
                throw new DatasetException(file + ": cannot be read: " + e.getMessage(), e);
            }
        }
        return tasks;
    }

    private static Map<Integer, Map<String, VideoSpan>> videos(Path root, List<String> cameras) throws IOException {
        Map<Integer, Map<String, VideoSpan>> found = new HashMap<>();
        for (Path file : parquetFiles(root.resolve("meta/episodes"))) {
            try (ParquetFileReader reader = reader(file); RowReader rows = reader.rowReader()) {
                while (rows.hasNext()) {
                    rows.next();
                    Map<String, VideoSpan> spans = new LinkedHashMap<>();
                    for (String camera : cameras) {
                        String key = "videos/" + VIDEO_PREFIX + camera + "/";
                        if (hasColumn(reader, key + "file_index")) {
                            String path = String.format("videos/%s%s/chunk-%03d/file-%03d.mp4", VIDEO_PREFIX, camera,
                                    rows.getLong(key + "chunk_index"), rows.getLong(key + "file_index"));
                            spans.put(camera, new VideoSpan(root.resolve(path),
                                    rows.getDouble(key + "from_timestamp")));
                        }
                    }
                    found.put((int) rows.getLong("episode_index"), spans);
                }
            } catch (RuntimeException e) {
                throw new DatasetException(file + ": cannot be read: " + e.getMessage(), e);
            }
        }
        return found;
    }

    private static void readRows(
            Path file, int dim, Map<Long, String> tasks, Map<Integer, Map<String, VideoSpan>> videos,
            List<Episode> episodes)
            throws IOException {
        List<float[]> states = new ArrayList<>(), actions = new ArrayList<>();
        long episode = -1, task = -1;
        try (ParquetFileReader reader = reader(file); RowReader rows = reader.rowReader()) {
            while (rows.hasNext()) {
                rows.next();
                long next = rows.getLong("episode_index");
                if (next != episode) {
                    finish(episode, tasks.get(task), states, actions, videos, episodes);
                    episode = next;
                }
                task = rows.getLong("task_index");
                states.add(vector(file, rows, "observation.state", dim));
                actions.add(vector(file, rows, "action", dim));
            }
        } catch (RuntimeException e) {
            throw new DatasetException(file + ": cannot be read: " + e.getMessage(), e);
        }
        finish(episode, tasks.get(task), states, actions, videos, episodes);
    }

    private static void finish(
            long episode, String task, List<float[]> states, List<float[]> actions,
            Map<Integer, Map<String, VideoSpan>> videos, List<Episode> episodes) {
        if (!states.isEmpty()) {
            episodes.add(new Episode((int) episode, task, states.toArray(float[][]::new),
                    actions.toArray(float[][]::new),
                    videos.getOrDefault((int) episode, Map.of())));
            states.clear();
            actions.clear();
        }
    }

    private static float[] vector(Path file, RowReader rows, String column, int dim) throws DatasetException {
        List<Float> list = rows.getList(column).floats();
        if (list.size() != dim) {
            throw new DatasetException(file + ": " + column + " has " + list.size() + " values in a row, expected "
                    + dim);
        }
        float[] out = new float[dim];
        for (int i = 0; i < dim; i++) {
            out[i] = list.get(i);
        }
        return out;
    }

    private static ParquetFileReader reader(Path file) throws IOException {
        return ParquetFileReader.open(InputFile.of(file));
    }

    private static boolean hasColumn(ParquetFileReader reader, String name) {
        for (SchemaNode column : reader.getFileSchema().getRootNode().children()) {
            if (column.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    public Path root() {
        return root;
    }

    public int fps() {
        return fps;
    }

    /// Length of states and actions: 6 for one arm, 12 for two.
    public int dim() {
        return dim;
    }

    /// Camera names without the prefix `observation.images.`.
    public List<String> cameras() {
        return cameras;
    }

    /// Names of an action's values such as `gripper.pos`; empty when the data set does not name them.
    public List<String> actionNames() {
        return actionNames;
    }

    public List<Episode> episodes() {
        return episodes;
    }
}
