package sinew.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sinew.runtime.serve.WebSocketPolicyClientTest.golden;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.PolicySpec;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.wire.NdArray;
import sinew.runtime.wire.NumpyScalar;
import sinew.runtime.wire.Wire;

class ObservationMappingTest {
    private static final int H = 4;
    private static final int W = 5;
    private static final String FRONT = "observation.images.front";
    private static final String WRIST = "observation.images.wrist";
    private static final PolicySpec LIFT = FakePolicy.spec(6, H, W, FRONT, WRIST);
    private static final NdArray SIX = NdArray.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 6);

    @Test
    void envClientWithTwoArms() {
        PolicySpec sort = FakePolicy.spec(12, 48, 64, FRONT, "observation.images.right_wrist",
                "observation.images.left_wrist");
        Map<?, ?> request = (Map<?, ?>) Wire.decode(golden("infer_request_sort.bin"));
        Observation o = map(sort, request);
        assertArrayEquals(new float[] {1.5f, -95f, 90.25f, 70f, 0.5f, 30f, -2.5f, -94f, 91.25f, 71f, -0.5f, 25f},
                state(o), "left first");
        NdArray right = (NdArray) ((Map<?, ?>) request.get("images")).get("right_wrist");
        assertArrayEquals(right.toBytes(), o.images().get("observation.images.right_wrist").rgb());
    }

    @Test
    void alohaWithChannelsFirst() {
        PolicySpec aloha = FakePolicy.spec(14, 48, 64, "observation.images.cam_high");
        Map<?, ?> request = (Map<?, ?>) Wire.decode(golden("openpi_infer_request_chw.bin"));
        Observation o = map(aloha, request);
        byte[] planes = ((NdArray) ((Map<?, ?>) request.get("images")).get("cam_high")).toBytes();
        byte[] rgb = o.images().get("observation.images.cam_high").rgb();
        for (int pixel : new int[] {0, 1, 63, 64, 3071}) {
            for (int channel = 0; channel < 3; channel++) {
                assertEquals(planes[channel * 3072 + pixel], rgb[3 * pixel + channel]);
            }
        }
        assertEquals(14, state(o).length);
    }

    @Test
    void lerobotFlatKeys() {
        Observation o = map(LIFT, Map.of("observation.state", SIX, FRONT, picture(1), WRIST, picture(2), "task", "x"));
        assertEquals(6f, state(o)[5]);
        assertEquals(1, o.images().get(FRONT).rgb()[0]);
        assertEquals(2, o.images().get(WRIST).rgb()[0]);
    }

    @Test
    void oneCameraCalledImage() {
        PolicySpec pusht = FakePolicy.spec(2, H, W, "observation.image");
        List<Double> two = List.of(1.0, 2.0);
        for (Map<String, Object> request : List.<Map<String, Object>>of(
                Map.of("observation.state", two, "observation.image", picture(7)),
                Map.of("state", two, "images", Map.of("top", picture(7))),
                Map.of("observation/state", two, "observation/image", picture(7)))) {
            assertEquals(7, map(pusht, request).images().get("observation.image").rgb()[0]);
        }
        assertProblem(pusht, Map.of("state", two, "images", Map.of("a", picture(1), "b", picture(2))),
                "camera 'image' is missing");
    }

    @Test
    void openpiNames() {
        Observation o = map(LIFT, Map.of(
                "observation/state", SIX, "observation/image", picture(1), "observation/wrist_image", picture(2),
                "prompt", "x"));
        assertEquals(1, o.images().get(FRONT).rgb()[0], "image is the camera that nothing else was found for");
        assertEquals(2, o.images().get(WRIST).rgb()[0]);
        assertProblem(LIFT, Map.of("observation/state", SIX, "observation/image", picture(1)),
                "camera 'front' is missing; camera 'wrist' is missing");
        PolicySpec droid = FakePolicy.spec(8, H, W);
        float[] joined = state(map(droid, Map.of(
                "observation/joint_position", NdArray.of("<f8", new byte[56], 7), "observation/gripper_position",
                List.of(9.0))));
        assertEquals(8, joined.length);
        assertEquals(9f, joined[7]);
        assertProblem(droid, Map.of("observation/gripper_position", List.of(9.0)),
                "state 'joint_position' is missing beside 'gripper_position'");
    }

    @Test
    void renamesHelpClientsWithNamesOfTheirOwn() {
        ObservationMapping mapping = new ObservationMapping(
                LIFT, Map.of("observation/exterior_image_1_left", "front", "observation/wrist_image_left", "wrist"));
        Observation o = mapping.map(Map.of(
                "observation/state", SIX, "observation/exterior_image_1_left", picture(3),
                "observation/wrist_image_left", picture(4)));
        assertEquals(3, o.images().get(FRONT).rgb()[0]);
        assertEquals(4, o.images().get(WRIST).rgb()[0]);
    }

    @Test
    void environmentState() {
        PolicySpec spec = new DiffusionSpec(
                List.of(new Feature("observation.environment_state", FeatureType.ENV, List.of(3)),
                        new Feature("observation.state", FeatureType.STATE, List.of(2))),
                new Feature("action", FeatureType.ACTION, List.of(2)), 2, 16, 8, Map.of(), null, null, null);
        Observation o = map(spec,
                Map.of("observation.environment_state", List.of(1, 2, 3), "observation.state", List.of(4, 5)));
        assertArrayEquals(new float[] {1, 2, 3}, o.states().get("observation.environment_state"));
        assertArrayEquals(new float[] {4, 5}, state(o));
        assertProblem(spec, Map.of("observation.state", List.of(4, 5)), "observation.environment_state is missing");
        assertProblem(spec, Map.of("observation.environment_state", List.of(1, 2, 3)), "the state is missing");
    }

    @Test
    void statesInEveryForm() {
        Map<String, Object> request = lift();
        for (Object form : List.of(SIX, List.of(1, 2, 3, 4, 5, 6),
                List.of(1.0, 2, 3.0, new NumpyScalar(4L, "<i4"), 5, 6),
                NdArray.of("<f8", doubles(1, 2, 3, 4, 5, 6), 6), NdArray.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 1, 6),
                NdArray.ofBytes(new byte[] {1, 2, 3, 4, 5, 6}, 6))) {
            for (String arm : List.of("arm", "my_robot")) {
                request.put("states", Map.of(arm, form));
                assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, state(map(LIFT, request)));
            }
            request.put("states", form);
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, state(map(LIFT, request)));
        }
    }

    @Test
    void floatPicturesComeBackExactly() {
        float[] values = new float[H * W * 3];
        byte[] expected = new byte[values.length];
        for (int round = 0; round < 256; round += values.length) {
            for (int i = 0; i < values.length; i++) {
                int k = (round + i) % 256;
                expected[i] = (byte) k;
                values[i] = k / 255f;
            }
            Map<String, Object> request = lift();
            request.put("images", Map.of("front", NdArray.ofFloats(values, 1, H, W, 3), "wrist", picture(0)));
            assertArrayEquals(expected, map(LIFT, request).images().get(FRONT).rgb());
        }
    }

    @Test
    void halfFloatPicturesComeBackExactlyToo() {
        PolicySpec wide = FakePolicy.spec(6, 4, 64, FRONT);
        var halves = java.nio.ByteBuffer.allocate(2 * 768).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        byte[] expected = new byte[768];
        for (int i = 0; i < 768; i++) {
            expected[i] = (byte) (i % 256);
            halves.putShort(Float.floatToFloat16(i % 256 / 255f));
        }
        NdArray picture = NdArray.of("<f2", halves.array(), 4, 64, 3);
        Observation o = map(wide, Map.of("state", SIX, "images", Map.of("front", picture)));
        assertArrayEquals(expected, o.images().get(FRONT).rgb());
    }

    @Test
    void picturesWhoseAxesAllMightBeChannels() {
        PolicySpec tiny = FakePolicy.spec(6, 3, 3, FRONT);
        byte[] bytes = new byte[27];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Observation o = map(tiny, Map.of("state", SIX, "images", Map.of("front", NdArray.ofBytes(bytes, 3, 3, 3))));
        assertArrayEquals(bytes, o.images().get(FRONT).rgb(), "channels last where both would do");
    }

    @Test
    void environmentsNeedNoCopies() {
        Image front = new Image(H, W, new byte[H * W * 3]);
        EnvObservation observation = new EnvObservation(
                Map.of("arm", new float[] {1, 2, 3, 4, 5, 6}), Map.of("front", front, "wrist", front), null);
        Observation o = new ObservationMapping(LIFT, Map.of()).map(observation);
        assertSame(front, o.images().get(FRONT));
        assertEquals(6f, state(o)[5]);
    }

    @Test
    void saysAllThatIsWrongAtOnce() {
        Map<String, Object> request = new HashMap<>();
        request.put("states", Map.of("arm", List.of(1, 2)));
        request.put("images", Map.of("front", NdArray.ofBytes(new byte[6 * W * 3], 6, W, 3), "wirst", picture(1)));
        request.put("task", "x");
        ObservationException e = assertThrows(ObservationException.class, () -> map(LIFT, request));
        for (String words : List.of("the state has 2 numbers, observation.state wants 6",
                "camera 'front' is uint8 [6, 5, 3], the policy wants uint8 [4, 5, 3]",
                "camera 'wrist' is missing",
                "The policy wants observation.state [6], camera 'front' uint8 [4, 5, 3], camera 'wrist' uint8 [4,",
                "states.arm list of 2", "images.wirst uint8 [4, 5, 3]", "task")) {
            assertTrue(e.getMessage().contains(words), words + " in\n" + e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nan", "text", "matrix", "bools", "null", "list of text", "map"})
    void badStates(String kind) {
        Map<String, Object> request = lift();
        Map<String, Object> states = new HashMap<>();
        states.put("arm", switch (kind) {
            case "nan" -> NdArray.ofFloats(new float[] {1, Float.NaN, 3, 4, 5, 6}, 6);
            case "text" -> "six";
            case "matrix" -> NdArray.ofFloats(new float[6], 2, 3);
            case "bools" -> NdArray.of("|b1", new byte[6], 6);
            case "list of text" -> List.of("a", "b", "c", "d", "e", "f");
            case "map" -> Map.of();
            default -> null;
        });
        request.put("states", states);
        assertProblem(LIFT, request, "state 'states.arm' ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"too bright", "nan", "int32", "gray", "rgba", "list", "batch"})
    void badPictures(String kind) {
        Object bad = switch (kind) {
            case "too bright" -> floats(213f);
            case "nan" -> floats(Float.NaN);
            case "int32" -> NdArray.of("<i4", new byte[H * W * 12], H, W, 3);
            case "gray" -> NdArray.ofBytes(new byte[H * W], H, W);
            case "rgba" -> NdArray.ofBytes(new byte[H * W * 4], H, W, 4);
            case "batch" -> NdArray.ofBytes(new byte[2 * H * W * 3], 2, H, W, 3);
            default -> List.of(1, 2, 3);
        };
        Map<String, Object> request = lift();
        request.put("images", Map.of("front", bad, "wrist", picture(0)));
        assertProblem(LIFT, request, "camera 'front' ");
    }

    private static Map<String, Object> lift() {
        Map<String, Object> request = new HashMap<>();
        request.put("states", Map.of("arm", SIX));
        request.put("images", Map.of("front", picture(1), "wrist", picture(2)));
        return request;
    }

    private static NdArray floats(float value) {
        float[] values = new float[H * W * 3];
        Arrays.fill(values, value);
        return NdArray.ofFloats(values, H, W, 3);
    }

    private static NdArray picture(int value) {
        byte[] bytes = new byte[H * W * 3];
        Arrays.fill(bytes, (byte) value);
        return NdArray.ofBytes(bytes, H, W, 3);
    }

    private static byte[] doubles(double... values) {
        var out = java.nio.ByteBuffer.allocate(8 * values.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        out.asDoubleBuffer().put(values);
        return out.array();
    }

    private static void assertProblem(PolicySpec spec, Map<?, ?> request, String words) {
        ObservationException e = assertThrows(ObservationException.class, () -> map(spec, request));
        assertTrue(e.getMessage().contains(words), words + " in\n" + e.getMessage());
    }

    private static Observation map(PolicySpec spec, Map<?, ?> request) {
        return new ObservationMapping(spec, Map.of()).map(request);
    }

    private static float[] state(Observation o) {
        return o.states().get("observation.state");
    }
}
