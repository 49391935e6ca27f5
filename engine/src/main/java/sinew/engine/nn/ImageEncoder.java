package sinew.engine.nn;

import sinew.engine.policy.VisionSpec.Size;

/// From pixels to a camera's features, several pictures in one run.
public interface ImageEncoder {
    /// Where images go: [B, H * W, 3], normalised. A run may overwrite it.
    Activations input();

    /// What comes out: [B, 1, n]. The next run of a plan that shares the scratch may overwrite it.
    Activations features();

    /// Size of the images.
    Size size();

    Plan plan();
}
