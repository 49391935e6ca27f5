package sinew.runtime.wire;

import java.nio.ByteOrder;
import java.util.Locale;

/// A numpy dtype string taken apart: byte order, kind, item size.
///
/// @param kind     f, i, u, b (bool), U (UCS-4 text) or S (bytes)
/// @param itemSize bytes per element
record Dtype(char kind, int itemSize, ByteOrder order) {

    /// @return null when `text` is no dtype that the protocol knows
    static Dtype parse(String text) {
        if (text.isEmpty()) {
            return null;
        }
        char first = text.charAt(0);
        boolean prefixed = first == '<' || first == '>' || first == '|' || first == '=';
        String rest = prefixed ? text.substring(1) : text;
        ByteOrder order = first == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        if (rest.length() < 2 || rest.length() > 9) {
            return null;
        }
        int digits = 0;
        for (int i = 1; i < rest.length(); i++) {
            char c = rest.charAt(i);
            if (c < '0' || c > '9') {
                return null;
            }
            digits = 10 * digits + (c - '0');
        }
        char kind = rest.charAt(0);
        int itemSize = kind == 'U' ? 4 * digits : digits;
        return valid(kind, digits) ? new Dtype(kind, itemSize, order) : null;
    }

    private static boolean valid(char kind, int digits) {
        return switch (kind) {
            case 'f' -> digits == 2 || digits == 4 || digits == 8;
            case 'i', 'u' -> digits == 1 || digits == 2 || digits == 4 || digits == 8;
            case 'b' -> digits == 1;
            case 'U', 'S' -> digits >= 1;
            default -> false;
        };
    }

    boolean isNumber() {
        return kind == 'f' || kind == 'i' || kind == 'u';
    }

    /// In words for messages: `float32`, `uint8`, `text`.
    String words() {
        return switch (kind) {
            case 'f' -> "float" + 8 * itemSize;
            case 'i' -> "int" + 8 * itemSize;
            case 'u' -> "uint" + 8 * itemSize;
            case 'b' -> "bool";
            case 'U' -> "text";
            default -> String.format(Locale.ROOT, "bytes[%d]", itemSize);
        };
    }
}
