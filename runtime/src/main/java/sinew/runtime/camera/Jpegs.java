package sinew.runtime.camera;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HexFormat;
import javax.imageio.ImageIO;

/// Reads the pictures of Motion-JPEG cameras. Many leave out the Huffman tables, because they are always the same:
/// those of ITU-T T.81, Annex K.3. They are put in where they are missing.
final class Jpegs {
    private static final int SOI = 0xD8;
    private static final int DHT = 0xC4;
    private static final int SOS = 0xDA;

    /// Counts of codes by length, then the symbols: luminance DC and AC, chrominance DC and AC.
    private static final byte[] STANDARD_TABLES = HexFormat.of().parseHex("FFC401A2"
            + "00" + "00010501010101010100000000000000" + "000102030405060708090A0B"
            + "10" + "0002010303020403050504040000017D"
            + "01020300041105122131410613516107227114328191A1082342B1C11552D1F02433627282090A161718191A25262728292A3435"
            + "363738393A434445464748494A535455565758595A636465666768696A737475767778797A838485868788898A92939495969798"
            + "999AA2A3A4A5A6A7A8A9AAB2B3B4B5B6B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE1E2E3E4E5E6E7E8E9EAF1F2F3F4"
            + "F5F6F7F8F9FA"
            + "01" + "00030101010101010101010000000000" + "000102030405060708090A0B"
            + "11" + "00020102040403040705040400010277"
            + "000102031104052131061241510761711322328108144291A1B1C109233352F0156272D10A162434E125F11718191A262728292A"
            + "35363738393A434445464748494A535455565758595A636465666768696A737475767778797A82838485868788898A9293949596"
            + "9798999AA2A3A4A5A6A7A8A9AAB2B3B4B5B6B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE2E3E4E5E6E7E8E9EAF2F3F4"
            + "F5F6F7F8F9FA");

    static {
        ImageIO.setUseCache(false); // pictures come from memory; no temporary files
    }

    private Jpegs() {}

    /// Decodes one picture.
    ///
    /// @throws IOException when it is damaged; the next one may be whole
    static void decode(byte[] bytes, int length, Picture into) throws IOException {
        if (length < 4 || (bytes[0] & 0xFF) != 0xFF || (bytes[1] & 0xFF) != SOI) {
            throw new IOException("a damaged picture: it does not begin as a JPEG does");
        }
        byte[] whole = bytes;
        int size = length;
        int scan = startOfScanWithoutTables(bytes, length);
        if (scan >= 0) {
            whole = new byte[length + STANDARD_TABLES.length];
            System.arraycopy(bytes, 0, whole, 0, scan);
            System.arraycopy(STANDARD_TABLES, 0, whole, scan, STANDARD_TABLES.length);
            System.arraycopy(bytes, scan, whole, scan + STANDARD_TABLES.length, length - scan);
            size = whole.length;
        }
        BufferedImage image;
        try {
            image = ImageIO.read(new ByteArrayInputStream(whole, 0, size));
        } catch (RuntimeException e) {
            throw new IOException("a damaged picture: " + e.getMessage(), e);
        }
        if (image == null) {
            throw new IOException("a damaged picture");
        }
        copy(image, into);
    }

    /// Where the scan begins in a picture without Huffman tables; -1 when it has them.
    private static int startOfScanWithoutTables(byte[] bytes, int length) throws IOException {
        int at = 2;
        while (at + 4 <= length) {
            if ((bytes[at] & 0xFF) != 0xFF) {
                throw new IOException("a damaged picture: no marker at byte " + at);
            }
            int marker = bytes[at + 1] & 0xFF;
            if (marker == 0xFF) {
                at++;
            } else if (marker == DHT) {
                return -1;
            } else if (marker == SOS) {
                return at;
            } else {
                at += 2 + ((bytes[at + 2] & 0xFF) << 8 | bytes[at + 3] & 0xFF);
            }
        }
        throw new IOException("a damaged picture: it ends before its scan");
    }

    /// Any picture as RGB.
    static void copy(BufferedImage image, Picture into) {
        int width = image.getWidth();
        int height = image.getHeight();
        into.resize(width, height);
        int[] line = new int[width];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, line, 0, width);
            int to = y * width * 3;
            for (int x = 0; x < width; x++) {
                into.rgb[to++] = (byte) (line[x] >> 16);
                into.rgb[to++] = (byte) (line[x] >> 8);
                into.rgb[to++] = (byte) line[x];
            }
        }
    }
}
