package sinew.convert;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Where in what a user names the checkpoint is. LeRobot saves a directory with a config.json, inside a training
/// checkpoint in `pretrained_model`; diffusion_policy a file, `checkpoints/latest.ckpt` in the run's directory.
final class CheckpointLocation {
    private static final String LATEST = "latest.ckpt";
    private static final byte[] ZIP = {'P', 'K', 3, 4};
    private static final int MOST_LISTED = 8;

    private CheckpointLocation() {}

    /// The directory that holds config.json, or the `.ckpt` file.
    ///
    /// @throws CheckpointException says what was looked for
    static Path resolve(Path path) throws IOException {
        if (isFile(path)) {
            return path;
        }
        if (!Files.isDirectory(path)) {
            throw new CheckpointException(path, Files.exists(path)
                    ? "is no checkpoint. Give diffusion_policy's .ckpt file, or LeRobot's directory, the one with"
                    + " config.json and model.safetensors"
                    : "there is no such file or directory");
        }
        for (Path candidate : List.of(path, path.resolve("pretrained_model"))) {
            if (Files.isRegularFile(candidate.resolve(LeRobotConfig.FILE))) {
                return candidate;
            }
        }
        for (Path folder : List.of(path, path.resolve("checkpoints"))) {
            Path file = fileIn(folder);
            if (file != null) {
                return file;
            }
        }
        throw new CheckpointException(path, "holds no config.json and no .ckpt file. Give the directory that LeRobot"
                + " saved, usually outputs/train/.../checkpoints/last/pretrained_model, or the file that"
                + " diffusion_policy saved, usually checkpoints/" + LATEST);
    }

    private static Path fileIn(Path folder) throws IOException {
        if (isFile(folder.resolve(LATEST))) {
            return folder.resolve(LATEST);
        }
        if (!Files.isDirectory(folder)) {
            return null;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(file -> file.toString().endsWith(".ckpt")).sorted().toList();
            if (files.size() > 1) {
                String names = String.join(", ", files.stream().limit(MOST_LISTED)
                        .map(file -> file.getFileName().toString()).toList());
                throw new CheckpointException(folder, "holds " + files.size() + " checkpoints and no " + LATEST
                        + ": give one of them, " + names);
            }
            return files.isEmpty() ? null : files.getFirst();
        }
    }

    /// Whether this is a file as PyTorch saves it.
    static boolean isFile(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(ZIP.length), ZIP);
        }
    }
}
