package sinew.convert;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import sinew.engine.weights.Metadata;
import sinew.engine.weights.WeightsFile;
import sinew.engine.weights.WeightsFormatException;

/// Gives a weights file for whatever a user names: the file itself, or one converted from a checkpoint.
/// A conversion is kept beside the checkpoint, or in a cache folder where that cannot be written, and made again
/// when a file of the checkpoint changed its size or time, or when the converter's version did.
public final class ConvertedCache {
    static final String FINGERPRINT_KEY = "sinew.cache.fingerprint";

    private final Path fallback;
    private final Predicate<Path> writable;

    /// @param fallback folder for checkpoints beside which nothing can be written
    public ConvertedCache(Path fallback) {
        this(fallback, Files::isWritable);
    }

    ConvertedCache(Path fallback, Predicate<Path> writable) {
        this.fallback = fallback;
        this.writable = writable;
    }

    /// A cache whose fallback is [#userFolder].
    public static ConvertedCache ofUser() {
        return new ConvertedCache(userFolder());
    }

    /// Where Sinew keeps what it can make again: `$XDG_CACHE_HOME/sinew`, by default `~/.cache/sinew`.
    public static Path userFolder() {
        String base = System.getenv("XDG_CACHE_HOME");
        Path cache = base == null || base.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(base);
        return cache.resolve("sinew");
    }

    /// @param path a weights file, or a checkpoint: a directory or a `.ckpt` file
    /// @return the weights file
    /// @throws CheckpointException when the checkpoint cannot be converted
    public Path weightsFor(Path path, ConversionOptions options, ProgressListener listener) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null,
                    "there is no such file or directory. Give a .gguf file, a .ckpt file or a checkpoint's directory");
        }
        if (!Files.isDirectory(path) && !CheckpointLocation.isFile(path)) {
            return path;
        }
        Path checkpoint = CheckpointLocation.resolve(path);
        boolean file = CheckpointLocation.isFile(checkpoint);
        Path folder = file ? checkpoint.toAbsolutePath().getParent() : checkpoint;
        List<String> fingerprint = fingerprint(checkpoint, options);
        String name = "sinew-cache-" + options.type().name().toLowerCase(Locale.ROOT) + ".gguf";
        Path beside = folder.resolve(file ? checkpoint.getFileName() + "." + name : name);
        Path elsewhere = fallback.resolve(key(checkpoint)).resolve(name);
        for (Path cached : List.of(beside, elsewhere)) {
            if (isFresh(cached, fingerprint)) {
                return cached;
            }
        }
        Path target = beside;
        if (!writable.test(folder)) {
            Files.createDirectories(elsewhere.getParent());
            target = elsewhere;
        }
        Converter.convert(checkpoint, target, options, fingerprint, listener);
        return target;
    }

    private static boolean isFresh(Path cached, List<String> fingerprint) throws IOException {
        if (!Files.isRegularFile(cached)) {
            return false;
        }
        try (WeightsFile file = WeightsFile.openHeader(cached)) {
            Metadata metadata = file.metadata();
            return metadata.has(FINGERPRINT_KEY) && metadata.strings(FINGERPRINT_KEY).equals(fingerprint);
        } catch (WeightsFormatException e) {
            return false; // Damaged or of another version: it is made again.
        }
    }

    /// Everything that a conversion depends on.
    private static List<String> fingerprint(Path checkpoint, ConversionOptions options) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("converter " + Converter.VERSION + " " + options);
        if (!Files.isDirectory(checkpoint)) {
            lines.add(fingerprint(checkpoint));
            return lines;
        }
        addFolder(checkpoint, lines);
        Path tokenizer = checkpoint.resolve(TokenizerFiles.FOLDER);
        if (Files.isDirectory(tokenizer)) {
            addFolder(tokenizer, lines);
        }
        return lines;
    }

    private static void addFolder(Path folder, List<String> lines) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".json") || name.endsWith(".safetensors") || name.equals(TokenizerFiles.MERGES)) {
                    lines.add(fingerprint(file));
                }
            }
        }
    }

    private static String fingerprint(Path file) throws IOException {
        return file.getFileName() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis();
    }

    private static String key(Path checkpoint) throws IOException {
        String path = checkpoint.toRealPath().toString();
        CRC32C crc = new CRC32C();
        crc.update(path.getBytes(StandardCharsets.UTF_8));
        return checkpoint.toRealPath().getFileName() + "-" + HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
