package sinew.engine.inference;

/// The networks as a [PredictionQueue] runs them. One call at a time.
interface Passes {
    /// Takes in what the newcomers have observed. Fails those whose observation cannot be taken in, and only them.
    ///
    /// @param newcomers the first `count` entries; each has its slot
    void join(Prediction[] newcomers, int count);

    /// Takes every prediction one denoising step further, all in one pass over the weights, and settles those that
    /// have made their last.
    ///
    /// @param predictions the first `count` entries
    void step(Prediction[] predictions, int count);
}
