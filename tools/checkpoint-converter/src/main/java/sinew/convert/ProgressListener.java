package sinew.convert;

/// Hears how a conversion goes on. Called on the converting thread.
@FunctionalInterface
public interface ProgressListener {
    /// Steps of a conversion.
    enum Phase {
        CHECK,
        WRITE,
        /// Packing the F32 weights with which the new ones are compared.
        REFERENCE
    }

    ProgressListener SILENT = (phase, tensor, done, total) -> {};

    /// @param tensor the tensor that was just finished
    /// @param done   tensors finished in this phase
    /// @param total  tensors of this phase
    void progress(Phase phase, String tensor, int done, int total);
}
