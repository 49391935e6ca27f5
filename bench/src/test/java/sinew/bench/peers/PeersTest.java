package sinew.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sinew.bench.peers.NetworkCase.Network;
import sinew.convert.ConversionOptions;
import sinew.convert.Converter;
import sinew.convert.SyntheticCheckpoint;
import sinew.convert.SyntheticPreset;
import sinew.convert.safetensors.Dtype;
import sinew.kernels.WeightType;

class PeersTest {
    @TempDir
    Path folder;

    @Test
    void everyPeerIsSkippedWithAReasonWhereTheirLibrariesAreNot() throws IOException {
        List<String> skipped = new ArrayList<>();
        List<Peer> peers = Peers.open(unet(WeightType.F32), 1, folder.resolve("cache"), (name, why) -> {
            skipped.add(name);
            assertTrue(why.contains("--peers"), why);
        });
        assertEquals(List.of(), peers);
        assertEquals(Peers.NAMES, skipped);
    }

    @Test
    void weightsOfOtherTypesAreRefused() throws IOException {
        NetworkCase bf16 = unet(WeightType.BF16);
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Peers.open(bf16, 1, folder, (name, why) -> {}))
                .getMessage();
        assertTrue(message.contains("BF16") && message.contains("--type f32"), message);
    }

    @Test
    void peersNeedAThread() throws IOException {
        NetworkCase tiny = unet(WeightType.F32);
        assertThrows(IllegalArgumentException.class, () -> Peers.open(tiny, 0, folder, (name, why) -> {}));
    }

    @Test
    void missingWeightsAreReported() {
        NetworkCase nothing = new NetworkCase(folder.resolve("none.gguf"), Network.UNET_STEP, 1, 0, 0);
        assertThrows(NoSuchFileException.class, () -> Peers.open(nothing, 1, folder, (name, why) -> {}));
    }

    @Test
    void shapesMustFitTheNetwork() {
        Path weights = folder.resolve("w.gguf");
        assertThrows(IllegalArgumentException.class, () -> new NetworkCase(weights, Network.UNET_STEP, 1, 84, 84));
        assertThrows(IllegalArgumentException.class, () -> new NetworkCase(weights, Network.ENCODER, 1, 84, 0));
        assertThrows(IllegalArgumentException.class, () -> new NetworkCase(weights, Network.UNET_STEP, 0, 0, 0));
    }

    @Test
    void imagesAreTurnedToPlanes() {
        float[] twoImagesOf1x2 = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        float[] planes = new NetworkInput(twoImagesOf1x2, null, null).channelsFirst(1, 2);
        assertEquals(List.of(1f, 4f, 2f, 5f, 3f, 6f, 7f, 10f, 8f, 11f, 9f, 12f), boxed(planes));
    }

    private static List<Float> boxed(float[] values) {
        List<Float> list = new ArrayList<>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }

    private NetworkCase unet(WeightType type) throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        SyntheticCheckpoint.write(SyntheticPreset.TINY, checkpoint, 0, Dtype.F32, tensor -> {});
        Path weights = folder.resolve("tiny.gguf");
        Converter.convert(checkpoint, weights, new ConversionOptions(type, false, 0),
                (phase, tensor, done, all) -> {});
        return new NetworkCase(weights, Network.UNET_STEP, 1, 0, 0);
    }
}
