package sinew.engine.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Holds the noise to values drawn by PyTorch.
class TorchRandomTest {
    @Test
    void drawsWhatTorchDraws() throws IOException {
        int cases = 0;
        for (JsonNode c : Recording.bundled("torch-random").index.required("cases")) {
            TorchRandom random = new TorchRandom(c.required("seed").asLong());
            int at = 0;
            for (JsonNode draw : c.required("draws")) {
                float[] out = new float[draw.asInt()];
                random.fill(out, out.length);
                for (float value : out) {
                    double expected = c.required("values").get(at).asDouble();
                    assertEquals(expected, value, 2e-6, "seed " + c.get("seed") + " " + c.get("draws") + " at " + at);
                    at++;
                }
            }
            assertEquals(c.required("values").size(), at);
            cases++;
        }
        assertTrue(cases >= 80, cases + " cases");
    }
}
