package sinew.bench.peers.export;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// The examples of protobuf's page on its encoding, and the corners that it does not show.
class ProtobufTest {
    @Test
    void integersAreVarints() {
        assertEquals("089601", hex(new Protobuf().integer(1, 150)));
        assertEquals("0800", hex(new Protobuf().integer(1, 0)));
        assertEquals("08ffffffffffffffffff01", hex(new Protobuf().integer(1, -1)));
    }

    @Test
    void textHasItsLengthInBytes() {
        assertEquals("120774657374696e67", hex(new Protobuf().text(2, "testing")));
        assertEquals("1202c3bc", hex(new Protobuf().text(2, "ü")));
    }

    @Test
    void messagesNest() {
        assertEquals("1a03089601", hex(new Protobuf().message(3, new Protobuf().integer(1, 150))));
    }

    @Test
    void numbersAreLittleEndianAndFieldsBeyond15TakeTwoBytes() {
        assertEquals("150000803f", hex(new Protobuf().number(2, 1)));
        assertEquals("a00107", hex(new Protobuf().integer(20, 7)));
    }

    private static String hex(Protobuf message) {
        return HexFormat.of().formatHex(message.toByteArray());
    }
}
