package sinew.bench;

/// What `--case` chooses among.
enum Topic {
    /// One denoising step.
    UNET,
    /// Four images to features.
    ENCODER,
    /// Whole predictions and their parts.
    PREDICT,
    /// A `sinew serve` process: its start and its memory.
    SERVE
}
