package sinew.convert.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sinew.convert.pickle.PickleBytes;

class TorchCheckpointTest {
    private static final int[] NONE = {};

    @TempDir
    Path folder;

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }

    private Path file(TorchFiles files) throws IOException {
        return files.write(folder.resolve("test.ckpt"));
    }

    private String refusal(TorchFiles files) throws IOException {
        Path path = file(files);
        String message = assertThrows(TorchCheckpointException.class, () -> TorchCheckpoint.open(path)).getMessage();
        assertTrue(message.startsWith(path.toString()), message);
        return message;
    }

    private static byte[] oneTensor(String type, int elements, int offset, int[] shape, int[] stride) {
        return new PickleBytes().tensor(type, "0", elements, offset, shape, stride).stop();
    }

    private float[] values(byte[] storage, String type, int elements, int offset, int[] shape, int[] stride)
            throws IOException {
        Path path = file(new TorchFiles(oneTensor(type, elements, offset, shape, stride))
                .entry("archive/data/0", storage));
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            return checkpoint.floats((TorchTensor) checkpoint.root());
        }
    }

    @Test
    void honoursOffsetsAndStrides() throws IOException {
        byte[] six = floats(0, 1, 2, 3, 4, 5);
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5},
                values(six, "FloatStorage", 6, 0, new int[] {2, 3}, new int[] {3, 1}));
        assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5},
                values(six, "FloatStorage", 6, 0, new int[] {3, 2}, new int[] {1, 3}), "transposed");
        assertArrayEquals(new float[] {1, 3, 5}, values(six, "FloatStorage", 6, 1, new int[] {3}, new int[] {2}));
        assertArrayEquals(new float[] {2, 2, 2}, values(six, "FloatStorage", 6, 2, new int[] {3}, new int[] {0}));
        assertArrayEquals(new float[] {5}, values(six, "FloatStorage", 6, 5, NONE, NONE), "a scalar");
        assertArrayEquals(new float[] {4, 5}, values(six, "FloatStorage", 6, 4, new int[] {1, 2, 1},
                new int[] {Integer.MAX_VALUE, 1, Integer.MAX_VALUE}), "an axis of length 1 uses no stride");
        assertArrayEquals(new float[0], values(floats(), "FloatStorage", 0, 0, new int[] {0}, new int[] {1}));
        assertArrayEquals(new float[0], values(floats(), "FloatStorage", 0, 0, new int[] {3, 0}, new int[] {1, 1}));
    }

    @ParameterizedTest
    @CsvSource({"DoubleStorage,000000000000F83F,1.5", "FloatStorage,0000C0BF,-1.5", "HalfStorage,003E,1.5",
        "BFloat16Storage,C0BF,-1.5", "LongStorage,FEFFFFFFFFFFFFFF,-2", "IntStorage,FEFFFFFF,-2",
        "ShortStorage,FEFF,-2", "CharStorage,FE,-2", "ByteStorage,FE,254", "BoolStorage,01,1"})
    void readsEveryType(String type, String hex, float value) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertArrayEquals(new float[] {value}, values(bytes, type, 1, 0, NONE, NONE));
    }

    @Test
    void readsWholeNumbersExactly() throws IOException {
        byte[] big = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong((1L << 53) + 1).array();
        Path path = file(new TorchFiles(oneTensor("LongStorage", 1, 0, NONE, NONE)).entry("archive/data/0", big));
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            assertArrayEquals(new long[] {(1L << 53) + 1}, checkpoint.longs((TorchTensor) checkpoint.root()));
        }
        path = file(new TorchFiles(oneTensor("FloatStorage", 1, 0, NONE, NONE)).entry("archive/data/0", floats(1)));
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            assertThrows(TorchCheckpointException.class, () -> checkpoint.longs((TorchTensor) checkpoint.root()));
        }
    }

    @ParameterizedTest
    @CsvSource({"0,7,1", "6,1,1", "5,2,1", "0,3,3", "1,2,5", "0,2,2147483647", "0,2147483647,0", "-1,1,1", "0,1,-1",
        "2147483647,1,1", "0,-1,1"})
    void refusesViewsThatLeaveTheirStorage(int offset, int length, int stride) throws IOException {
        String message = refusal(new TorchFiles(oneTensor("FloatStorage", 6, offset, new int[] {length},
                new int[] {stride})).entry("archive/data/0", floats(0, 1, 2, 3, 4, 5)));
        assertTrue(message.contains("does not fit") || message.contains("not sizes"), message);
    }

    @Test
    void refusesShapesWhoseSizeOverflows() throws IOException {
        int most = Integer.MAX_VALUE;
        for (int[] shape : List.of(new int[] {most, most, most, most}, new int[] {1 << 30, 1 << 30, 16},
                new int[] {65536, 65536, 65536, 65536})) {
            assertTrue(refusal(new TorchFiles(oneTensor("FloatStorage", 1, 0, shape, new int[shape.length]))
                    .entry("archive/data/0", floats(1))).contains("does not fit"));
        }
        assertTrue(refusal(new TorchFiles(oneTensor("FloatStorage", 1, 0, new int[] {1, 1}, new int[] {1}))
                .entry("archive/data/0", floats(1))).contains("strides [1]"));
    }

    @Test
    void refusesStoragesThatAreNotThere() throws IOException {
        byte[] pickle = oneTensor("FloatStorage", 2, 0, new int[] {2}, new int[] {1});
        assertTrue(refusal(new TorchFiles(pickle)).contains("data/0, which the file does not hold"));
        assertTrue(refusal(new TorchFiles(pickle).entry("archive/data/0", floats(1))).contains("but it has 4 bytes"));
    }

    @Test
    void refusesOtherKindsOfFiles() throws IOException {
        byte[] pickle = new PickleBytes().number(1).stop();
        assertTrue(refusal(new TorchFiles(pickle).compressed()).contains("compressed"));
        assertTrue(refusal(new TorchFiles(pickle).without("archive/data.pkl").entry("a/b", new byte[1]))
                .contains("no data.pkl"));
        assertTrue(refusal(new TorchFiles(pickle).entry("other/data.pkl", pickle)).contains("another kind of zip"));
        assertTrue(refusal(new TorchFiles(pickle).entry("archive/constants.pkl", pickle)).contains("TorchScript"));
        assertTrue(refusal(new TorchFiles(pickle).entry("archive/byteorder", "big".getBytes())).contains("big-endian"));
        Path text = Files.writeString(folder.resolve("text.ckpt"), "not a checkpoint");
        assertThrows(TorchCheckpointException.class, () -> TorchCheckpoint.open(text));
        assertThrows(TorchCheckpointException.class, () -> TorchCheckpoint.open(folder));
        assertThrows(NoSuchFileException.class, () -> TorchCheckpoint.open(folder.resolve("none.ckpt")));
    }

    @Test
    void readsNewerFilesWithTheirExtraEntries() throws IOException {
        Path path = file(new TorchFiles(new PickleBytes().number(1).stop()).entry("archive/byteorder",
                "little".getBytes()).entry("archive/.data/serialization_id", "7".getBytes())
                .entry("archive/.format_version", "1".getBytes()).entry("archive/version", "3\n".getBytes()));
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            assertEquals(1L, checkpoint.root());
        }
    }

    @Test
    void refusesAStorageWhoseBytesChanged() throws IOException {
        byte[] marker = floats(1.2345f, 5.4321f);
        Path path = file(new TorchFiles(oneTensor("FloatStorage", 2, 0, new int[] {2}, new int[] {1}))
                .entry("archive/data/0", marker));
        byte[] bytes = Files.readAllBytes(path);
        for (int i = 0; i + marker.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + marker.length, marker, 0, marker.length)) {
                bytes[i] ^= 1;
            }
        }
        Files.write(path, bytes);
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            String message = assertThrows(TorchCheckpointException.class,
                    () -> checkpoint.floats((TorchTensor) checkpoint.root())).getMessage();
            assertTrue(message.contains("data/0") && message.contains("checksum"), message);
        }
    }

    @Test
    void takesNodesOfTheConfigurationAsPlainData() throws IOException {
        PickleBytes pickle = new PickleBytes().global("omegaconf.dictconfig", "DictConfig").newObject().put(0);
        pickle.emptyDict().mark().text("_parent").op('N').text("_metadata")
                .global("omegaconf.base", "ContainerMetadata").newObject().emptyDict().mark()
                .text("ref_type").global("typing", "Any").text("object_type")
                .global("dill._dill", "_load_type").mark().text("dict").tuple().reduce().setItems().build();
        pickle.text("_content").emptyDict().mark().text("horizon");
        pickle.global("omegaconf.nodes", "AnyNode").newObject().emptyDict().mark().text("_val").number(16)
                .text("_parent").get(0).setItems().build();
        Path path = file(new TorchFiles(pickle.setItems().setItems().build().stop()));
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            assertEquals(Map.of("horizon", 16L), checkpoint.root());
        }
    }

    @Test
    void takesAnOrderedDictWithItsMetadata() throws IOException {
        PickleBytes pickle = new PickleBytes().global("collections", "OrderedDict").emptyTuple().reduce().mark()
                .text("w").number(1).setItems().emptyDict().mark().text("_metadata").emptyDict().setItems().build();
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(file(new TorchFiles(pickle.stop())))) {
            assertEquals(Map.of("w", 1L), checkpoint.root());
        }
    }

    @ParameterizedTest
    @CsvSource({"os,system", "builtins,eval", "torch,load", "torch.storage,_load_from_bytes", "dill._dill,_create_code",
        "dill._dill,_import_module", "omegaconf,base.Metadata", "torch._utils,_rebuild_tensor_v2.__globals__"})
    void refusesAndNamesWhatNoCheckpointNeeds(String module, String name) throws IOException {
        byte[] pickle = new PickleBytes().global(module, name).mark().text("x").tuple().reduce().stop();
        String message = refusal(new TorchFiles(pickle));
        assertTrue(message.contains(module + "." + name) && message.contains("not on the list"), message);
    }

    @Test
    void refusesAllowedNamesCalledInWaysTheyAreNotMeantFor() throws IOException {
        for (String name : List.of("collections.OrderedDict", "dill._dill._load_type", "_codecs.encode", "typing.Any",
                "torch._utils._rebuild_tensor_v2", "omegaconf.nodes.AnyNode", "torch.FloatStorage")) {
            int dot = name.lastIndexOf('.');
            byte[] pickle = new PickleBytes().global(name.substring(0, dot), name.substring(dot + 1))
                    .numbers(1, 2, 3, 4).reduce().stop();
            assertTrue(refusal(new TorchFiles(pickle)).contains(name));
        }
        byte[] state = new PickleBytes().global("omegaconf.nodes", "AnyNode").newObject().number(1).build().stop();
        assertTrue(refusal(new TorchFiles(state)).contains("AnyNode"));
        byte[] id = new PickleBytes().numbers(1, 2, 3, 4, 5).op('Q').stop();
        assertTrue(refusal(new TorchFiles(id)).contains("not a tensor's storage"));
    }

    @Test
    void countsTheBytesThatAreSpelledAsText() throws IOException {
        PickleBytes pickle = new PickleBytes().global("_codecs", "encode").put(0).mark().text("x".repeat(1 << 20))
                .text("latin1").tuple().put(1).mark();
        for (int i = 0; i < 17; i++) {
            pickle.get(0).get(1).reduce();
        }
        assertTrue(refusal(new TorchFiles(pickle.tuple().stop())).contains("bytes of byte strings"));
    }
}
