package sinew.runtime.dataset;

import java.io.IOException;

/// A data set that cannot be read: which file, what is wrong with it and what was expected.
public final class DatasetException extends IOException {
    private static final long serialVersionUID = 1;

    DatasetException(String message) {
        super(message);
    }

    DatasetException(String message, Throwable cause) {
        super(message, cause);
    }
}
