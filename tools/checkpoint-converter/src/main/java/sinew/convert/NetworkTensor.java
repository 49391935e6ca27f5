package sinew.convert;

import java.util.List;

/// A tensor that a policy's spec asks for, under its name in the weights file (the checkpoint's name without
/// `diffusion.`).
///
/// @param shape as the checkpoint has it
/// @param norm  name of the BatchNorm to fold into this convolution, or null
record NetworkTensor(String name, Layout layout, List<Integer> shape, String norm) {
    /// How a tensor lies in the checkpoint, and so how it is packed.
    enum Layout {
        /// [out, in]
        LINEAR,
        /// [out, in, taps]
        CONV1D,
        /// [in, out, taps]
        CONV_TRANSPOSE1D,
        /// [out, in, height, width]
        CONV2D,
        /// Any shape, kept as it is.
        PLAIN,
        /// Part of a BatchNorm, which vanishes into a convolution.
        FOLDED
    }

    NetworkTensor(String name, Layout layout, Integer... shape) {
        this(name, layout, List.of(shape), null);
    }

    /// Outputs of the layer.
    int outputs() {
        return layout == Layout.CONV_TRANSPOSE1D ? shape.get(1) : shape.getFirst();
    }

    /// Name of the bias of the same layer.
    String bias() {
        return name.substring(0, name.length() - "weight".length()) + "bias";
    }

    /// Weights that this tensor contributes to the network as it runs: a folded norm leaves one bias per output, and
    /// the position grid is no weight.
    long parameters() {
        if (layout == Layout.FOLDED || name.endsWith(".pos_grid")) {
            return 0;
        }
        return elements() + (norm == null ? 0 : outputs());
    }

    long elements() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
}
