package sinew.convert.diffusionpolicy;

import java.util.List;
import sinew.engine.policy.Feature;
import sinew.engine.policy.VisionSpec;
import sinew.engine.policy.VisionSpec.Size;

/// The configuration of `MultiImageObsEncoder` on torchvision's ResNets.
///
/// Two of its settings do not do what they say: `random_crop: false` leaves pictures whole, and a network that cameras
/// share keeps its BatchNorm whatever `use_group_norm` says.
final class ObsEncoderConfig {
    private static final String ENCODER =
            "diffusion_policy.model.vision.multi_image_obs_encoder.MultiImageObsEncoder";
    private static final String RESNET = "diffusion_policy.model.vision.model_getter.get_resnet";
    private static final List<String> BACKBONES = List.of("resnet18", "resnet34", "resnet50", "resnet101", "resnet152");

    private final ConfigNode encoder;
    private final List<Feature> cameras;

    private ObsEncoderConfig(ConfigNode encoder, List<Feature> cameras) {
        this.encoder = encoder;
        this.cameras = cameras;
    }

    /// Null when the policy has no camera.
    static VisionSpec read(ConfigNode encoder, ConfigNode shapeMeta, ShapeMeta shapes) {
        encoder.known("_target_", "shape_meta", "rgb_model", "resize_shape", "crop_shape", "random_crop",
                "use_group_norm", "share_rgb_model", "imagenet_norm");
        if (!ENCODER.equals(encoder.text("_target_"))) {
            encoder.refuse("_target_", ENCODER + ", the only encoder that is supported");
        }
        if (!encoder.child("shape_meta").same(shapeMeta)) {
            encoder.refuse("shape_meta", "the policy's");
        }
        return shapes.cameras().isEmpty() ? null : new ObsEncoderConfig(encoder, shapes.cameras()).vision();
    }

    private VisionSpec vision() {
        ConfigNode model = encoder.child("rgb_model");
        if (!RESNET.equals(model.text("_target_"))) {
            model.refuse("_target_", RESNET + ", the only kind of network that is supported");
        }
        model.known("_target_", "name", "weights");
        String backbone = model.text("name");
        if (!BACKBONES.contains(backbone)) {
            model.refuse("name", "one of " + String.join(", ", BACKBONES));
        }
        boolean shared = encoder.flag("share_rgb_model", false);
        Size resize = size("resize_shape");
        Size crop = size("crop_shape");
        if (!encoder.flag("random_crop", true)) {
            crop = null;
        }
        check(resize, crop);
        boolean groupNorm = encoder.flag("use_group_norm", false) && !shared;
        return new VisionSpec(backbone, groupNorm, resize, resize == null
                ? VisionSpec.ResizeMode.BILINEAR_ANTIALIAS
                : VisionSpec.ResizeMode.BILINEAR_NORMALIZED, crop, 0, !shared);
    }

    /// A size for all cameras, given once or for each.
    private Size size(String key) {
        if (encoder.isNull(key)) {
            return null;
        }
        if (!encoder.isDict(key)) {
            return size(encoder, key);
        }
        Size common = null;
        for (Feature camera : cameras) {
            Size size = size(encoder.child(key), camera.name());
            if (common != null && !common.equals(size)) {
                encoder.child(key).refuse(camera.name(), "the same for all cameras");
            }
            common = size;
        }
        return common;
    }

    private static Size size(ConfigNode node, String key) {
        List<Integer> size = node.sizes(key);
        return size.size() == 2 ? new Size(size.get(0), size.get(1)) : node.refuse(key, "[height, width]");
    }

    private void check(Size resize, Size crop) {
        List<Integer> first = cameras.getFirst().shape();
        for (Feature camera : cameras) {
            Size frame = new Size(camera.shape().get(1), camera.shape().get(2));
            Size from = resize == null ? frame : resize;
            if (crop != null && (crop.height() > from.height() || crop.width() > from.width())) {
                encoder.refuse("crop_shape", "inside the pictures of " + camera.name() + ", " + from.height() + "x"
                        + from.width());
            }
            if (resize == null && crop == null && !camera.shape().equals(first)) {
                encoder.refuse("resize_shape", "given when pictures differ in size, as those of " + camera.name()
                        + " do: " + camera.shape() + " beside " + first);
            }
        }
    }

    /// Whether pictures are normalised by ImageNet's mean and deviation after their own normaliser.
    static boolean normalizesByImageNet(ConfigNode policy) {
        return policy.child("obs_encoder").flag("imagenet_norm", false);
    }
}
