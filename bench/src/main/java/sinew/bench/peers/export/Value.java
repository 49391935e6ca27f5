package sinew.bench.peers.export;

/// Something that a network computes.
///
/// @param name  its name in the model
/// @param shape channels first, as PyTorch has it: [B, C, T], [B, C, H, W] or [B, N]
record Value(String name, int... shape) {
    int rank() {
        return shape.length;
    }

    int batch() {
        return shape[0];
    }

    int channels() {
        return shape[1];
    }
}
