package sinew.bench.peers;

import java.io.IOException;
import java.nio.file.Path;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightsFile;

/// What is computed: one network of one of our weights files, at fixed shapes.
///
/// @param weights our .gguf, of type F32
/// @param batch   B: samples of the UNet, images of the encoder
/// @param height  of the encoder's images in pixels, 0 for the UNet
/// @param width   of the encoder's images in pixels, 0 for the UNet
public record NetworkCase(Path weights, Network network, int batch, int height, int width) {
    public enum Network {
        /// One denoising step: step embedding, modulation and all.
        UNET_STEP,
        /// From normalised images to features. Of separate encoders, the first.
        ENCODER
    }

    /// @throws IllegalArgumentException when the shapes make no sense
    public NetworkCase {
        boolean images = network == Network.ENCODER;
        if (batch < 1 || images != (height > 0) || images != (width > 0)) {
            throw new IllegalArgumentException("want a batch from 1 on, and height and width for the encoder only, not "
                    + network + " with batch " + batch + " of " + height + "x" + width);
        }
    }

    /// The policy's spec, read from the weights file's header.
    public DiffusionSpec spec() throws IOException {
        try (WeightsFile file = WeightsFile.openHeader(weights)) {
            return (DiffusionSpec) SpecMetadata.read(file.metadata());
        }
    }
}
