package sinew.runtime.dataset;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.policy.Image;

/// Demonstrations as plain arrays that a training program maps into memory: small pictures instead of videos.
///
/// Files: `meta.json` (sizes, and where each episode begins), `state.f32` [N, dim], `action.f32` [N, dim], `truth.f32`
/// [N, truth] and `CAMERA.u8` [N, height, width, 3] for each camera; little-endian, row-major.
public final class TrainingExport implements DemonstrationSink {
    private final Path root;
    private final DatasetFeatures features;
    private final int height;
    private final int width;
    private final OutputStream states;
    private final OutputStream actions;
    private final OutputStream truths;
    private final Map<String, OutputStream> cameras = new LinkedHashMap<>();
    private final List<Long> starts = new ArrayList<>(List.of(0L));
    private AntialiasResize resize;
    private long frames;
    private int truthDim;

    /// @param height of the pictures; they are resized as LeRobot's diffusion policy does it (bilinear, antialiased)
    public TrainingExport(Path root, DatasetFeatures features, int height, int width) throws IOException {
        this.root = root;
        this.features = features;
        this.height = height;
        this.width = width;
        EmptyFolder.make(root);
        states = open("state.f32");
        actions = open("action.f32");
        truths = open("truth.f32");
        for (String camera : features.cameras()) {
            cameras.put(camera, open(camera + ".u8"));
        }
    }

    private OutputStream open(String name) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(root.resolve(name)), 1 << 20);
    }

    @Override
    public void frame(float[] state, float[] action, Map<String, Image> images, float[] truth) throws IOException {
        write(states, state);
        write(actions, action);
        write(truths, truth);
        truthDim = truth.length;
        for (String camera : features.cameras()) {
            Image image = images.get(camera);
            if (resize == null) {
                resize = new AntialiasResize(image.height(), image.width(), height, width);
            }
            cameras.get(camera).write(resize.apply(image));
        }
        frames++;
    }

    private static void write(OutputStream to, float[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            bytes.putFloat(v);
        }
        to.write(bytes.array());
    }

    @Override
    public void endEpisode(String task) {
        starts.add(frames);
    }

    @Override
    public void close() throws IOException {
        for (OutputStream camera : cameras.values()) {
            camera.close();
        }
        states.close();
        actions.close();
        truths.close();
        ObjectMapper json = new ObjectMapper();
        ObjectNode meta = json.createObjectNode();
        meta.put("frames", starts.get(starts.size() - 1)).put("dim", features.dim()).put("truth", truthDim);
        meta.put("height", height).put("width", width).put("fps", features.fps());
        ArrayNode names = meta.putArray("cameras");
        features.cameras().forEach(names::add);
        ArrayNode from = meta.putArray("episode_starts");
        starts.forEach(from::add);
        json.writeValue(root.resolve("meta.json").toFile(), meta);
    }
}
