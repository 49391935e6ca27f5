package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CameraCommandTest {
    @TempDir
    Path folder;

    @Test
    void snapsWhatAPolicyWouldSee() throws Exception {
        BufferedImage image = new BufferedImage(128, 48, BufferedImage.TYPE_INT_RGB);
        for (int x = 32; x < 96; x++) { // only the middle survives the crop to 4:3
            for (int y = 0; y < 48; y++) {
                image.setRGB(x, y, 0x0080FF);
            }
        }
        Path picture = folder.resolve("in.png");
        ImageIO.write(image, "png", picture.toFile());
        StringWriter out = new StringWriter();
        CommandLine command = new CommandLine(new CameraCommand());
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
        assertEquals(0, command.execute("snap", "--output", folder.toString(), "--cameras",
                "{front: {type: file, index_or_path: '" + picture + "', width: 32, height: 24, warmup_s: 0}}"),
                out::toString);
        BufferedImage snap = ImageIO.read(folder.resolve("front.png").toFile());
        assertEquals(32, snap.getWidth());
        assertEquals(0x0080FF, snap.getRGB(0, 0) & 0xFFFFFF);
        assertEquals(0x0080FF, snap.getRGB(31, 23) & 0xFFFFFF);
        assertEquals(1, command.execute("snap", "--cameras", "{front: {type: file, index_or_path: /none.png}}"));
        assertTrue(out.toString().contains("/none.png is not there"), out.toString());
        assertEquals(0, command.execute("list"));
    }
}
