package sinew.convert;

import sinew.convert.NetworkTensor.Layout;
import sinew.kernels.WeightType;

/// Which weights of a network are stored in which type.
///
/// INT8 is for what reads many weights for little arithmetic: large convolutions over time. A small one stays in a
/// processor's caches, where reading costs nothing, widening bytes costs more than it saves, and small networks are the
/// ones that rounding hurts: such a layer is BF16, and so are layers with few inputs or outputs, which touch the actions.
///
/// @param wanted    the type of the weights that every type can hold
/// @param leastInt8 fewest weights of a convolution that is stored as INT8
record StorageRule(WeightType wanted, long leastInt8) {
    private static final int LEAST_INT8_CHANNELS = 64;

    WeightType type(NetworkTensor tensor) {
        if (!WeightPacking.isPacked(tensor.layout())) {
            return WeightType.F32;
        }
        return wanted == WeightType.INT8 && !gainsFromBytes(tensor) ? WeightType.BF16 : wanted;
    }

    private boolean gainsFromBytes(NetworkTensor tensor) {
        boolean overTime = tensor.layout() == Layout.CONV1D || tensor.layout() == Layout.CONV_TRANSPOSE1D;
        return overTime
                && tensor.elements() >= leastInt8
                && Math.min(tensor.shape().get(0), tensor.shape().get(1)) >= LEAST_INT8_CHANNELS;
    }
}
