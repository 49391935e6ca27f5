package sinew.engine.policy;

/// The image side of a policy.
///
/// @param backbone         torchvision's name: resnet18, 34, 50, 101 or 152
/// @param groupNorm        GroupNorm with C/16 groups; false means that BatchNorm was folded into the convolutions
/// @param resize           target of the resize before the crop, or null for none
/// @param resizeMode       how that resize samples
/// @param crop             centre crop, or null for none
/// @param numKeypoints     keypoints K of the spatial softmax; features are 2K
/// @param separateEncoders one encoder per camera (in config order) rather than a shared one
public record VisionSpec(
        String backbone,
        boolean groupNorm,
        Size resize,
        ResizeMode resizeMode,
        Size crop,
        int numKeypoints,
        boolean separateEncoders) {

    /// Height and width in pixels.
    public record Size(int height, int width) {}

    /// How a resize samples its source.
    public enum ResizeMode {
        /// Triangle filter widened by the ratio when shrinking: torchvision's Resize with antialias.
        BILINEAR_ANTIALIAS,
        /// Two nearest source pixels per axis whatever the ratio: the stats.json layout's engine.
        BILINEAR
    }
}
