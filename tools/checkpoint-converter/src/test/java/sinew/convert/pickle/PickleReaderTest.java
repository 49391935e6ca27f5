package sinew.convert.pickle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PickleReaderTest {
    /// What Python 3.11 writes for one and the same dict, after the two bytes of the protocol. See [#expected].
    private static final String PROTOCOL_2_AND_3 = """
            7d71002858010000006171015d7102284b014bff4dffff4af9ffffff8a060000000000018a060000000000ff6558010000006271034b
            0185710458010000006371054b01474004000000000000867106580100000064710788894e8771085801000000657109284b014b024b
            03580500000068c3a4c39f710a74710b580100000066710c7d710d580100000067710e5d710f5801000000687110294b035803000000
            6b6579711158010000006f711263636f6c6c656374696f6e730a4f726465726564446963740a71132952711458010000007871154b01
            7358010000007371165d7117285d71184b0161681865752e""";
    private static final String PROTOCOL_4_AND_5 = """
            95b4000000000000007d94288c0161945d94284b014bff4dffff4af9ffffff8a060000000000018a060000000000ff658c0162944b01
            85948c0163944b0147400400000000000086948c01649488894e87948c016594284b014b024b038c0568c3a4c39f9474948c0166947d
            948c0167945d948c016894294b038c036b6579948c016f948c0b636f6c6c656374696f6e73948c0b4f72646572656444696374949394
            2952948c0178944b01738c0173945d94285d944b0161681a65752e""";

    private static final PickleEnvironment ORDERED_DICT_ONLY = new PickleEnvironment() {
        @Override
        public PickleClass find(String module, String name) {
            return (module + "." + name).equals("collections.OrderedDict") ? new PickleClass() {
                @Override
                public String name() {
                    return "collections.OrderedDict";
                }

                @Override
                public Object call(List<Object> arguments) {
                    return new LinkedHashMap<>();
                }
            } : null;
        }

        @Override
        public Object persistent(Object id) {
            throw new PickleException("refers to nothing");
        }
    };

    private static Object read(byte[] pickle) {
        return PickleReader.read(pickle, ORDERED_DICT_ONLY, PickleLimits.DEFAULT);
    }

    private static String refusal(byte[] pickle) {
        return assertThrows(PickleException.class, () -> read(pickle)).getMessage();
    }

    private static byte[] python(int protocol) {
        String body = protocol < 4 ? PROTOCOL_2_AND_3 : PROTOCOL_4_AND_5;
        return HexFormat.of().parseHex("80" + "%02x".formatted(protocol) + body.replace("\n", ""));
    }

    private static Map<Object, Object> expected() {
        Map<Object, Object> all = new LinkedHashMap<>();
        all.put("a", List.of(1L, 255L, 65535L, -7L, 1L << 40, -(1L << 40)));
        all.put("b", List.of(1L));
        all.put("c", List.of(1L, 2.5));
        all.put("d", Arrays.asList(true, false, null));
        all.put("e", List.of(1L, 2L, 3L, "h\u00e4\u00df"));
        all.put("f", Map.of());
        all.put("g", List.of());
        all.put("h", List.of());
        all.put(3L, "key");
        all.put("o", Map.of("x", 1L));
        all.put("s", List.of(List.of(1L), List.of(1L)));
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void readsWhatPythonWrites(int protocol) {
        assertEquals(expected(), read(python(protocol)));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void refusesACutAtAnyByte(int protocol) {
        byte[] whole = python(protocol);
        for (int length = 0; length < whole.length; length++) {
            assertTrue(refusal(Arrays.copyOf(whole, length)).length() > 10);
        }
    }

    @Test
    void readsBytes() {
        Map<?, ?> map = (Map<?, ?>) read(HexFormat.of().parseHex("8004950d000000000000007d948c017994430200ff94732e"));
        assertArrayEquals(new byte[] {0, -1}, (byte[]) map.get("y"));
    }

    @ParameterizedTest
    @CsvSource({"os,system", "posix,system", "builtins,eval", "__builtin__,exec", "subprocess,Popen",
        "collections,Counter", "collections,OrderedDict.__init__.__globals__"})
    void refusesAndNamesAnyOtherClass(String module, String name) {
        byte[] byLine = new PickleBytes().global(module, name).mark().text("echo hello").tuple().reduce().stop();
        byte[] byStack = new PickleBytes().text(module).text(name).op(Opcode.STACK_GLOBAL).mark().text("echo hello")
                .tuple().reduce().stop();
        for (byte[] pickle : List.of(byLine, byStack)) {
            String message = refusal(pickle);
            assertTrue(message.contains(module + "." + name), message);
            assertTrue(message.contains("not on the list"), message);
        }
    }

    @Test
    void refusesTheClassWhereItIsNamedNotWhereItIsCalled() {
        assertTrue(refusal(new PickleBytes().global("os", "system").cut()).contains("os.system"));
    }

    @Test
    void refusesInstructionsThatNameClassesInOtherWays() {
        // INST, OBJ, EXT1, EXT2, EXT4, NEWOBJ_EX, PERSID
        for (int opcode : new int[] {'i', 'o', 0x82, 0x83, 0x84, 0x92, 'P'}) {
            String message = refusal(new PickleBytes().mark().text("os\nsystem\n").op(opcode, 1, '\n').stop());
            assertTrue(message.contains("instruction 0x" + Integer.toHexString(opcode)), message);
        }
    }

    @Test
    void doesNotPutControlCharactersOfANameIntoTheMessage() {
        String message = refusal(new PickleBytes().text("o\u001b[2Js").text("x".repeat(5000)).op(Opcode.STACK_GLOBAL)
                .stop());
        assertTrue(message.contains("o?[2Js.xxx") && message.length() < 600, message);
    }

    @Test
    void refusesValuesThatContainThemselves() {
        byte[] list = new PickleBytes().op(Opcode.EMPTY_LIST).put(0).get(0).op(Opcode.APPEND).stop();
        byte[] dict = new PickleBytes().emptyDict().put(0).text("me").get(0).op(Opcode.SETITEM).stop();
        byte[] far = new PickleBytes().op(Opcode.EMPTY_LIST).put(0).get(0).op(Opcode.TUPLE1, Opcode.TUPLE1)
                .op(Opcode.APPEND).stop();
        for (byte[] pickle : List.of(list, dict, far)) {
            assertTrue(refusal(pickle).contains("contains itself"), refusal(pickle));
        }
    }

    @Test
    void refusesContainersAsKeys() {
        byte[] itself = new PickleBytes().emptyDict().op(Opcode.EMPTY_LIST).put(0).get(0).op(Opcode.APPEND, Opcode.NONE)
                .op(Opcode.SETITEM).stop();
        assertTrue(refusal(itself).contains("key"), refusal(itself));
    }

    @Test
    void refusesAHundredfoldOfAHundredfold() {
        PickleBytes whole = new PickleBytes().mark().op(Opcode.EMPTY_LIST).put(0);
        for (int level = 0; level < 8; level++) {
            whole.op(Opcode.EMPTY_LIST).put(level + 1).mark();
            for (int i = 0; i < 100; i++) {
                whole.get(level);
            }
            whole.op(Opcode.APPENDS);
        }
        assertTrue(refusal(whole.tuple().stop()).contains("unfolds to more than"));
    }

    @Test
    void refusesDepth() {
        PickleBytes wrapped = new PickleBytes().emptyTuple();
        PickleBytes marked = new PickleBytes();
        for (int i = 0; i < 100_000; i++) {
            wrapped.op(Opcode.TUPLE1);
            marked.mark();
        }
        assertTrue(refusal(wrapped.stop()).contains("deep"));
        assertTrue(refusal(marked.stop()).contains("deep"));
    }

    @Test
    void believesNoLength() {
        byte[] text = new PickleBytes().op(Opcode.BINUNICODE).int32(-1).op('a').stop();
        byte[] longText = new PickleBytes().op(Opcode.BINUNICODE8).int64(Long.MAX_VALUE).op('a').stop();
        byte[] negative = new PickleBytes().op(Opcode.BINBYTES8).int64(-1).op('a').stop();
        byte[] bytes = new PickleBytes().op(Opcode.BINBYTES).int32(Integer.MAX_VALUE).op('a').stop();
        for (byte[] pickle : List.of(text, longText, negative, bytes)) {
            assertTrue(refusal(pickle).contains("ends too early"), refusal(pickle));
        }
        assertTrue(refusal(new PickleBytes().op(Opcode.LONG1, 9).int64(0).op(0).stop()).contains("9 bytes"));
    }

    @Test
    void countsInstructions() {
        byte[] pickle = new PickleBytes().numbers(1, 2, 3, 4, 5, 6).stop();
        PickleLimits few = new PickleLimits(8, 10, 100);
        assertTrue(assertThrows(PickleException.class, () -> PickleReader.read(pickle, ORDERED_DICT_ONLY, few))
                .getMessage().contains("more than 8 instructions"));
        assertEquals(6, ((List<?>) PickleReader.read(pickle, ORDERED_DICT_ONLY, new PickleLimits(9, 10, 100))).size());
    }

    @Test
    void refusesNonsense() {
        Map<String, byte[]> cases = new LinkedHashMap<>();
        cases.put("value 7", new PickleBytes().get(7).stop());
        cases.put("not there", new PickleBytes().stop());
        cases.put("did not open", new PickleBytes().tuple().stop());
        cases.put("left over", new PickleBytes().number(1).number(2).stop());
        cases.put("after its end", new PickleBytes().number(1).op(Opcode.STOP).stop());
        cases.put("not a list", new PickleBytes().emptyTuple().number(2).op(Opcode.APPEND).stop());
        cases.put("not a dict", new PickleBytes().emptyTuple().number(2).number(2).op(Opcode.SETITEM).stop());
        cases.put("without a value", new PickleBytes().emptyDict().mark().number(2).setItems().stop());
        cases.put("not a class", new PickleBytes().number(2).emptyTuple().reduce().stop());
        cases.put("tuple of arguments", new PickleBytes().global("collections", "OrderedDict").number(2).reduce()
                .stop());
        cases.put("a state", new PickleBytes().number(2).number(2).build().stop());
        cases.put("refers to nothing", new PickleBytes().number(2).op(Opcode.BINPERSID).stop());
        cases.put("UTF-8", new PickleBytes().op(Opcode.SHORT_BINUNICODE, 1, 0xff).stop());
        cases.put("not text", new PickleBytes().number(1).number(2).op(Opcode.STACK_GLOBAL).stop());
        cases.put("protocol 2 or later", new byte[] {'(', 'l', '.'});
        cases.put("protocol 9", new byte[] {(byte) Opcode.PROTO, 9, '.'});
        cases.forEach((part, pickle) -> assertTrue(refusal(pickle).contains(part), part + ": " + refusal(pickle)));
    }
}
