package sinew.engine.policy;

/// The geometry of a CLIP vision tower.
///
/// @param imageSize pixels of a side of the square pictures that it was trained on
/// @param patch     pixels of a side of a patch
public record ClipVisionSpec(int width, int layers, int heads, int patch, int imageSize) {}
