package sinew.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.bench.peers.NetworkCase.Network;

/// Every runtime computes what our engine computes, from models that our exporters wrote.
class PeersAgreeTest {
    private static final double EXACT = 1e-3;
    private static final double INT8 = 0.25; // a broken scale or layout is off by more than the whole output

    @TempDir
    static Path temporary;

    @Test
    void unetWithScaleAndShift() throws IOException {
        unet("scale", 3, config -> {});
    }

    @Test
    void unetThatOnlyShifts() throws IOException {
        unet("shift", 1, config -> config.put("use_film_scale_modulation", false).put("kernel_size", 3));
    }

    @Test
    void encoderWithGroupNorm() throws IOException {
        encoder("groupnorm", config -> {});
    }

    @Test
    void encoderWithFoldedBatchNorm() throws IOException {
        encoder("batchnorm", config -> config.put("use_group_norm", false));
    }

    @Test
    void encoderWithBottlenecksPerCamera() throws IOException {
        encoder("bottleneck", config -> config.put("vision_backbone", "resnet50")
                .put("use_separate_rgb_encoder_per_camera", true));
    }

    private void unet(String name, int batch, Consumer<ObjectNode> change) throws IOException {
        Path weights = model(name, change);
        check(new NetworkCase(weights, Network.UNET_STEP, batch, 0, 0), Peers.NAMES);
    }

    private void encoder(String name, Consumer<ObjectNode> change) throws IOException {
        Path weights = model(name, change);
        List<String> expected = new ArrayList<>(Peers.NAMES);
        expected.remove("onnxruntime-f32-2d");
        check(new NetworkCase(weights, Network.ENCODER, 2, 84, 112), expected);
    }

    private Path model(String name, Consumer<ObjectNode> change) throws IOException {
        Path folder = temporary.resolve(name);
        folder.toFile().mkdirs();
        return TestModels.demo(folder, change);
    }

    private void check(NetworkCase network, List<String> expected) throws IOException {
        NetworkInput input = RandomInput.of(network, 3);
        float[] ours = Ours.compute(network, input);
        List<String> seen = new ArrayList<>();
        List<String> skipped = new ArrayList<>();
        for (Peer peer : Peers.open(network, 2, temporary.resolve("cache"), (n, why) -> skipped.add(n + ": " + why))) {
            try (peer) {
                // The first run is on something else: what it leaves behind must not matter.
                peer.set(RandomInput.of(network, 4));
                peer.run();
                peer.set(input);
                peer.run();
                double deviation = deviation(ours, peer.output());
                System.out.printf("%s %s: deviation %.2e%n", network.network(), peer.name(), deviation);
                assertTrue(deviation < (peer.exact() ? EXACT : INT8), peer.name() + " deviates by " + deviation);
                seen.add(peer.name());
            }
        }
        assertEquals(expected, seen, "skipped: " + skipped);
    }

    /// Largest difference as a share of the largest magnitude.
    private static double deviation(float[] ours, float[] theirs) {
        assertEquals(ours.length, theirs.length);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < ours.length; i++) {
            largest = Math.max(largest, Math.abs(ours[i]));
            difference = Math.max(difference, Math.abs(ours[i] - theirs[i]));
        }
        return difference / largest;
    }
}
