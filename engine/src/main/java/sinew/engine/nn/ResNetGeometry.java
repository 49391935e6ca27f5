package sinew.engine.nn;

import sinew.engine.policy.VisionSpec.Size;

/// The shape of a torchvision ResNet (He et al. 2016): blocks per stage, and whether they are bottlenecks.
record ResNetGeometry(int[] blocks, boolean bottleneck) {
    /// Channels of a stage's inner convolutions.
    private static final int[] WIDTHS = {64, 128, 256, 512};

    /// @throws IllegalArgumentException lists the names that there are
    static ResNetGeometry of(String backbone) {
        return switch (backbone) {
            case "resnet18" -> new ResNetGeometry(new int[] {2, 2, 2, 2}, false);
            case "resnet34" -> new ResNetGeometry(new int[] {3, 4, 6, 3}, false);
            case "resnet50" -> new ResNetGeometry(new int[] {3, 4, 6, 3}, true);
            case "resnet101" -> new ResNetGeometry(new int[] {3, 4, 23, 3}, true);
            case "resnet152" -> new ResNetGeometry(new int[] {3, 8, 36, 3}, true);
            default -> throw new IllegalArgumentException("unknown vision backbone '" + backbone
                    + "'; supported: resnet18, resnet34, resnet50, resnet101, resnet152");
        };
    }

    int stages() {
        return blocks.length;
    }

    int width(int stage) {
        return WIDTHS[stage];
    }

    /// Channels that a stage gives to the next.
    int channels(int stage) {
        return WIDTHS[stage] * (bottleneck ? 4 : 1);
    }

    /// Height and width after the last stage.
    static Size outputOf(Size input) {
        return new Size(halved(input.height()), halved(input.width()));
    }

    private static int halved(int size) {
        for (int i = 0; i < 5; i++) {
            size = (size + 1) / 2; // every halving layer pads so that odd sizes round up
        }
        return size;
    }
}
