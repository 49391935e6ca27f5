package sinew.convert.torch;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import sinew.convert.pickle.PickleException;

/// The zip around a checkpoint. PyTorch stores its entries without compression, and only that is read: so no entry can
/// be larger than the file. All entries lie in one folder, whose name is the saver's choice.
final class TorchArchive implements AutoCloseable {
    /// A thousand tensors take about 100 kB.
    private static final long MAX_PICKLE_BYTES = 64 << 20;
    private static final int MAX_ENTRIES = 100_000;
    private static final String PICKLE = "data.pkl";

    private final Path path;
    private final ZipFile zip;
    private final Map<String, ZipEntry> entries = new HashMap<>();

    private TorchArchive(Path path, ZipFile zip) {
        this.path = path;
        this.zip = zip;
    }

    static TorchArchive open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            throw new TorchCheckpointException(path, "is a directory, not a PyTorch checkpoint file");
        }
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "there is no such file");
        }
        ZipFile zip;
        try {
            zip = new ZipFile(path.toFile());
        } catch (ZipException | IllegalArgumentException e) {
            throw new TorchCheckpointException(path, "is not a whole PyTorch checkpoint (" + e.getMessage()
                    + "). It was cut short or damaged: copy it again. If it was saved by PyTorch 1.5 or older, load "
                    + "and save it with a newer one");
        }
        TorchArchive archive = new TorchArchive(path, zip);
        try {
            archive.list();
            return archive;
        } catch (RuntimeException | IOException e) {
            archive.close();
            throw e;
        }
    }

    private void list() throws IOException {
        if (zip.size() > MAX_ENTRIES) {
            throw problem("holds " + zip.size() + " entries, at most " + MAX_ENTRIES + " are read");
        }
        String folder = null;
        for (var all = zip.entries(); all.hasMoreElements();) {
            ZipEntry entry = all.nextElement();
            String name = entry.getName();
            int slash = name.indexOf('/');
            if (slash < 0 || folder != null && !folder.equals(name.substring(0, slash))) {
                throw problem("holds the entry " + name + ", which PyTorch does not write: is it another kind of zip?");
            }
            folder = name.substring(0, slash);
            if (entry.getMethod() != ZipEntry.STORED) {
                throw problem("its entry " + name + " is compressed, which PyTorch does not do. Unpack it and save it "
                        + "again with torch.save");
            }
            if (entries.put(name.substring(slash + 1), entry) != null) {
                throw problem("holds the entry " + name + " twice. The file is damaged");
            }
        }
        checkKind();
    }

    private void checkKind() throws IOException {
        if (entries.containsKey("constants.pkl")) {
            throw problem("is a TorchScript program, not a checkpoint. Give the checkpoint that it was made from");
        }
        if (!entries.containsKey(PICKLE)) {
            throw problem("holds no " + PICKLE + ": it is a zip, but not a PyTorch checkpoint");
        }
        ZipEntry order = entries.get("byteorder");
        if (order != null && !"little".equals(new String(read("byteorder", 16), StandardCharsets.US_ASCII).strip())) {
            throw problem("was saved on a big-endian machine; only little-endian tensors are read");
        }
    }

    byte[] pickle() throws IOException {
        return read(PICKLE, MAX_PICKLE_BYTES);
    }

    /// @throws PickleException when the storage is missing or of another size
    void check(TorchStorage storage) {
        ZipEntry entry = entries.get(name(storage));
        if (entry == null) {
            throw new PickleException("uses the storage " + name(storage) + ", which the file does not hold");
        }
        if (entry.getSize() != storage.byteSize()) {
            throw new PickleException("says that the storage " + name(storage) + " holds " + storage.elements() + " "
                    + storage.dtype() + " values, but it has " + entry.getSize() + " bytes");
        }
    }

    byte[] bytes(TorchStorage storage) throws IOException {
        return read(name(storage), Integer.MAX_VALUE - 8);
    }

    private static String name(TorchStorage storage) {
        return "data/" + storage.key();
    }

    /// The JDK's reader does not compare the sum itself for entries that are not compressed.
    private byte[] read(String name, long most) throws IOException {
        ZipEntry entry = entries.get(name);
        if (entry.getSize() > most || entry.getSize() > Files.size(path)) {
            throw problem("its entry " + name + " claims " + entry.getSize() + " bytes, at most "
                    + Math.min(most, Files.size(path)) + " can be read");
        }
        byte[] bytes;
        try (InputStream in = zip.getInputStream(entry)) {
            bytes = in.readAllBytes();
        } catch (ZipException | EOFException e) {
            throw problem("its entry " + name + " is not where the file says: it is damaged, copy it again");
        }
        CRC32 sum = new CRC32();
        sum.update(bytes);
        if (bytes.length != entry.getSize() || sum.getValue() != entry.getCrc()) {
            throw problem("its entry " + name + " does not match its checksum: the file is damaged, copy it again. (Or "
                    + "it was saved without checksums: save it again with them.)");
        }
        return bytes;
    }

    private TorchCheckpointException problem(String problem) {
        return new TorchCheckpointException(path, problem);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
