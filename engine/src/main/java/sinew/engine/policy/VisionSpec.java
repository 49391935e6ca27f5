package sinew.engine.policy;

/// The image side of a policy.
///
/// @param backbone         torchvision's name: resnet18, 34, 50, 101 or 152; or `clip`
/// @param groupNorm        GroupNorm with C/16 groups; false means that BatchNorm was folded into the convolutions
/// @param resize           target of the resize before the crop, or null for none
/// @param resizeMode       how that resize samples
/// @param crop             centre crop, or null for none
/// @param numKeypoints     keypoints K of the spatial softmax; 0: features are the average over all positions
/// @param separateEncoders one encoder per camera (in config order) rather than a shared one
/// @param clip             null unless the backbone is `clip`
public record VisionSpec(
        String backbone,
        boolean groupNorm,
        Size resize,
        ResizeMode resizeMode,
        Size crop,
        int numKeypoints,
        boolean separateEncoders,
        ClipVisionSpec clip) {

    /// A ResNet.
    public VisionSpec(
            String backbone,
            boolean groupNorm,
            Size resize,
            ResizeMode resizeMode,
            Size crop,
            int numKeypoints,
            boolean separateEncoders) {
        this(backbone, groupNorm, resize, resizeMode, crop, numKeypoints, separateEncoders, null);
    }

    /// A CLIP vision tower.
    public VisionSpec(ClipVisionSpec clip, Size resize, Size crop, boolean separateEncoders) {
        this(CLIP, false, resize, ResizeMode.BILINEAR_ANTIALIAS, crop, 0, separateEncoders, clip);
    }

    /// The backbone's name where it is no ResNet.
    public static final String CLIP = "clip";

    /// Channels of the backbone's last stage.
    public int backboneChannels() {
        return backbone.equals("resnet18") || backbone.equals("resnet34") ? 512 : 2048;
    }

    /// Length of a camera's features.
    public int featureSize() {
        return clip != null ? clip.width() : numKeypoints > 0 ? 2 * numKeypoints : backboneChannels();
    }

    /// Height and width in pixels.
    public record Size(int height, int width) {}

    /// How a resize samples its source.
    public enum ResizeMode {
        /// Triangle filter widened by the ratio when shrinking: torchvision's Resize with antialias.
        BILINEAR_ANTIALIAS,
        /// Two nearest source pixels per axis whatever the ratio: the stats.json layout's engine.
        BILINEAR,
        /// As that, after normalisation: torchvision's Resize without antialias, diffusion_policy's.
        BILINEAR_NORMALIZED;

        /// Whether a resized pixel comes from the two nearest per axis.
        public boolean isPlain() {
            return this != BILINEAR_ANTIALIAS;
        }
    }
}
