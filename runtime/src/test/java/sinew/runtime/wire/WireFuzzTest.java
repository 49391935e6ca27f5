package sinew.runtime.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.Arrays;

/// Arbitrary bytes decode or fail with a [ProtocolException], and what decodes also encodes.
/// In `mvn verify` this runs over the seeds only; with JAZZER_FUZZ=1 it searches.
class WireFuzzTest {
    @FuzzTest(maxDuration = "5m")
    void decode(byte[] bytes) throws IOException {
        Object value;
        try {
            value = Wire.decode(bytes);
        } catch (ProtocolException expected) {
            return;
        }
        byte[] canonical = Wire.encode(value);
        if (!Arrays.equals(canonical, Wire.encode(Wire.decode(canonical)))) {
            throw new AssertionError("encoding is not stable");
        }
    }
}
