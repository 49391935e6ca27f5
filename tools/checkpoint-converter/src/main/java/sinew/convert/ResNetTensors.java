package sinew.convert;

import java.util.ArrayList;
import java.util.List;
import sinew.convert.NetworkTensor.Layout;

/// The tensors of a torchvision ResNet up to layer4, as an nn.Sequential: 0 is the first convolution, 1 its norm,
/// 4 to 7 are layer1 to layer4 (He et al. 2015).
final class ResNetTensors {
    private static final int[] WIDTHS = {64, 128, 256, 512};

    private final boolean groupNorm;
    private final List<NetworkTensor> tensors = new ArrayList<>();

    private ResNetTensors(boolean groupNorm) {
        this.groupNorm = groupNorm;
    }

    static List<NetworkTensor> of(String prefix, String backbone, boolean groupNorm) {
        return of(prefix, backbone, groupNorm, "0", "1", "", 4);
    }

    /// With torchvision's own names and BatchNorm: `conv1`, `bn1`, `layer1` to `layer4`.
    static List<NetworkTensor> ofTorchvision(String prefix, String backbone) {
        return of(prefix, backbone, false, "conv1", "bn1", "layer", 1);
    }

    private static List<NetworkTensor> of(String prefix, String backbone, boolean groupNorm, String stemConvolution,
            String stemNorm, String layerName, int firstLayer) {
        ResNetTensors resNet = new ResNetTensors(groupNorm);
        resNet.conv(prefix + "." + stemConvolution, prefix + "." + stemNorm, 64, 3, 7);
        int[] blocks = blocks(backbone);
        int channels = 64;
        for (int layer = 0; layer < blocks.length; layer++) {
            for (int block = 0; block < blocks[layer]; block++) {
                boolean strided = block == 0 && layer > 0;
                channels = resNet.block(prefix + "." + layerName + (firstLayer + layer) + "." + block, channels, WIDTHS[layer],
                        isBottleneck(backbone), strided);
            }
        }
        return resNet.tensors;
    }

    /// Channels of layer4's output.
    static int channels(String backbone) {
        return isBottleneck(backbone) ? 2048 : 512;
    }

    /// Length of layer4's output along an axis of the image: five halvings, each rounded up.
    static int extent(int pixels) {
        int extent = pixels;
        for (int halving = 0; halving < 5; halving++) {
            extent = (extent + 1) / 2;
        }
        return extent;
    }

    private static boolean isBottleneck(String backbone) {
        return !backbone.equals("resnet18") && !backbone.equals("resnet34");
    }

    private static int[] blocks(String backbone) {
        return switch (backbone) {
            case "resnet18" -> new int[] {2, 2, 2, 2};
            case "resnet34", "resnet50" -> new int[] {3, 4, 6, 3};
            case "resnet101" -> new int[] {3, 4, 23, 3};
            case "resnet152" -> new int[] {3, 8, 36, 3};
            default -> throw new IllegalArgumentException(backbone);
        };
    }

    private int block(String name, int in, int width, boolean bottleneck, boolean strided) {
        int out = bottleneck ? 4 * width : width;
        if (bottleneck) {
            conv(name + ".conv1", name + ".bn1", width, in, 1);
            conv(name + ".conv2", name + ".bn2", width, width, 3);
            conv(name + ".conv3", name + ".bn3", out, width, 1);
        } else {
            conv(name + ".conv1", name + ".bn1", width, in, 3);
            conv(name + ".conv2", name + ".bn2", width, width, 3);
        }
        if (strided || in != out) {
            conv(name + ".downsample.0", name + ".downsample.1", out, in, 1);
        }
        return out;
    }

    private void conv(String conv, String norm, int out, int in, int kernel) {
        tensors.add(new NetworkTensor(conv + ".weight", Layout.CONV2D, List.of(out, in, kernel, kernel),
                groupNorm ? null : norm));
        Layout layout = groupNorm ? Layout.PLAIN : Layout.FOLDED;
        tensors.add(new NetworkTensor(norm + ".weight", layout, out));
        tensors.add(new NetworkTensor(norm + ".bias", layout, out));
        if (!groupNorm) {
            tensors.add(new NetworkTensor(norm + ".running_mean", layout, out));
            tensors.add(new NetworkTensor(norm + ".running_var", layout, out));
        }
    }
}
