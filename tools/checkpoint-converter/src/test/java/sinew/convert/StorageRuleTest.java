package sinew.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import sinew.convert.NetworkTensor.Layout;
import sinew.kernels.WeightType;

class StorageRuleTest {
    private static final StorageRule USUAL = new ConversionOptions(WeightType.INT8, false).storage();
    private static final StorageRule ANY_SIZE = new StorageRule(WeightType.INT8, 0);

    @Test
    void int8IsForConvolutionsOverTimeWithManyChannels() {
        assertEquals(WeightType.INT8, stored(ANY_SIZE, Layout.CONV1D, 64, 128, 5));
        assertEquals(WeightType.INT8, stored(ANY_SIZE, Layout.CONV_TRANSPOSE1D, 64, 64, 4));
        assertEquals(WeightType.BF16, stored(ANY_SIZE, Layout.CONV1D, 64, 6, 5));
        assertEquals(WeightType.BF16, stored(ANY_SIZE, Layout.CONV1D, 6, 512, 1));
        assertEquals(WeightType.BF16, stored(ANY_SIZE, Layout.LINEAR, 128, 512));
        assertEquals(WeightType.BF16, stored(ANY_SIZE, Layout.CONV2D, 64, 64, 3, 3));
        assertEquals(WeightType.F32, stored(ANY_SIZE, Layout.PLAIN, 64));
    }

    @Test
    void smallConvolutionsAreLeftInBf16() {
        assertEquals(WeightType.BF16, stored(USUAL, Layout.CONV1D, 128, 128, 5)); // 82 thousand weights
        assertEquals(WeightType.BF16, stored(USUAL, Layout.CONV1D, 256, 1023, 1)); // 2^18 - 256
        assertEquals(WeightType.INT8, stored(USUAL, Layout.CONV1D, 256, 1024, 1)); // 2^18
        assertEquals(WeightType.INT8, stored(USUAL, Layout.CONV_TRANSPOSE1D, 256, 256, 4)); // 2^18
    }

    @Test
    void othersAreAsWanted() {
        for (WeightType type : List.of(WeightType.F32, WeightType.BF16)) {
            StorageRule rule = new ConversionOptions(type, false).storage();
            assertEquals(type, stored(rule, Layout.CONV1D, 2048, 2048, 5));
            assertEquals(type, stored(rule, Layout.LINEAR, 3, 3));
            assertEquals(WeightType.F32, stored(rule, Layout.PLAIN, 64));
        }
    }

    private static WeightType stored(StorageRule rule, Layout layout, Integer... shape) {
        return rule.type(new NetworkTensor("w", layout, shape));
    }
}
