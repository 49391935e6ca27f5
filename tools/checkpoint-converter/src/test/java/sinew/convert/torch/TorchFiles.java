package sinew.convert.torch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Writes files laid out as PyTorch lays them out.
public final class TorchFiles {
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private int method = ZipEntry.STORED;

    public TorchFiles(byte[] pickle) {
        entry("archive/data.pkl", pickle);
    }

    public TorchFiles entry(String name, byte[] bytes) {
        entries.put(name, bytes);
        return this;
    }

    TorchFiles without(String name) {
        entries.remove(name);
        return this;
    }

    TorchFiles compressed() {
        method = ZipEntry.DEFLATED;
        return this;
    }

    public Path write(Path path) throws IOException {
        try (OutputStream out = Files.newOutputStream(path); ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(e.getKey());
                entry.setMethod(method);
                if (method == ZipEntry.STORED) {
                    CRC32 sum = new CRC32();
                    sum.update(e.getValue());
                    entry.setSize(e.getValue().length);
                    entry.setCrc(sum.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(e.getValue());
                zip.closeEntry();
            }
        }
        return path;
    }
}
