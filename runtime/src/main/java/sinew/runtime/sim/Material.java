package sinew.runtime.sim;

/// What surfaces are made of; a [Variation] gives each its colour.
enum Material {
    /// The arm's printed parts.
    PRINTED,
    /// The arm's servos.
    SERVO,
    RED_CUBE,
    GREEN_CUBE
}
