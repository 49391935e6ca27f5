package sinew.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.PolicySpec;
import sinew.engine.text.ClipTokenizer;

/// A policy as some project saved it, in the terms of the weights file. Opening reads all but the weights and
/// compares the list of tensors with what the config asks for; [#checkValues] reads the weights.
interface Checkpoint extends AutoCloseable {
    /// The directory or file that was given, or the directory inside it that holds the policy.
    Path path();

    /// Whose layout it is: `lerobot`, `diffusion_policy`.
    String format();

    /// The file with the weights; it need not exist.
    Path weightsFile();

    PolicySpec spec();

    Normalization normalization();

    /// Of the policy's instructions; null when the checkpoint has none.
    default ClipTokenizer tokenizer() {
        return null;
    }

    /// The tensors that the spec asks for.
    List<NetworkTensor> tensors();

    /// The tensors that are there, under their own names.
    List<Inspection.StoredTensor> stored();

    /// What they take, by the network tensors' names.
    Map<String, Long> sizes();

    /// Reads every weight once and collects those that are not finite.
    void checkValues(ProgressListener listener) throws IOException;

    /// Values of a network tensor, widened to float32.
    float[] floats(String name) throws IOException;

    List<String> problems();

    List<String> notes();

    /// @throws CheckpointException with all problems, when there are any
    void requireConvertible();

    @Override
    void close() throws IOException;

    /// Opens a checkpoint of any layout.
    ///
    /// @param path a directory or a `.ckpt` file
    /// @throws CheckpointException when it is no checkpoint that sinew can read at all; lesser problems are collected
    ///                             and thrown by [#requireConvertible()]
    static Checkpoint open(Path path, boolean allowUnnormalized) throws IOException {
        Path home = CheckpointLocation.resolve(path);
        return CheckpointLocation.isFile(home)
                ? DiffusionPolicySource.open(home)
                : LeRobotCheckpoint.open(home, allowUnnormalized);
    }
}
