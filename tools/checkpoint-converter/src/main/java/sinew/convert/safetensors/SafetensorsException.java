package sinew.convert.safetensors;

import java.nio.file.Path;

/// A safetensors file that is cut short, lies about its contents, or lacks what was asked of it. The message names
/// the file and, where there is one, the tensor.
public final class SafetensorsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SafetensorsException(Path path, String problem) {
        super(path + ": " + problem);
    }
}
