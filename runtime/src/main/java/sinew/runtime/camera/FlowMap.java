package sinew.runtime.camera;

import java.util.LinkedHashMap;
import java.util.Map;

/// Maps as people write them on a command line: `{front: {fps: 30, path: /dev/video0}}`, which is JSON without its
/// quotes; JSON itself is understood, too. Values are strings or maps.
final class FlowMap {
    private static final int DEEPEST = 8;

    private final String text;
    private int at;
    private int depth;

    FlowMap(String text) {
        this.text = text;
    }

    Map<String, Object> parse() {
        Map<String, Object> map = map();
        space();
        if (at < text.length()) {
            throw wrong("nothing more");
        }
        return map;
    }

    private Map<String, Object> map() {
        if (++depth > DEEPEST) {
            throw wrong("fewer braces");
        }
        expect('{');
        Map<String, Object> map = new LinkedHashMap<>();
        space();
        while (peek() != '}') {
            String key = scalar();
            expect(':');
            space();
            if (map.put(key, peek() == '{' ? map() : scalar()) != null) {
                throw new CameraException("'" + key + "' is there twice in " + text);
            }
            space();
            if (peek() != '}') {
                expect(',');
                space();
            }
        }
        at++;
        depth--;
        return map;
    }

    private String scalar() {
        space();
        char quote = peek();
        int start = at;
        if (quote == '"' || quote == '\'') {
            int end = text.indexOf(quote, at + 1);
            if (end < 0) {
                throw wrong("a closing " + quote);
            }
            at = end + 1;
            return text.substring(start + 1, end);
        }
        // A colon ends a bare word only before a space or a brace, so that paths such as usb-0:1 stay whole.
        while (at < text.length() && "{},".indexOf(text.charAt(at)) < 0 && !endsKey()) {
            at++;
        }
        String word = text.substring(start, at).strip();
        if (word.isEmpty()) {
            throw wrong("a word");
        }
        return word;
    }

    private boolean endsKey() {
        return text.charAt(at) == ':'
                && (at + 1 == text.length() || Character.isWhitespace(text.charAt(at + 1))
                || "{\"'".indexOf(text.charAt(at + 1)) >= 0);
    }

    private void expect(char c) {
        space();
        if (peek() != c) {
            throw wrong("'" + c + "'");
        }
        at++;
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private CameraException wrong(String expected) {
        return new CameraException("expected " + expected + " at character " + (at + 1) + " of " + text
                + "; cameras are written {front: {type: v4l2, index_or_path: /dev/video0, width: 640, height: 480, "
                + "fps: 30}}");
    }
}
