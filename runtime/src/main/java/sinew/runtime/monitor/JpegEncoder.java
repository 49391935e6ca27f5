package sinew.runtime.monitor;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import sinew.engine.policy.Image;

/// Camera frames as baseline JPEG. For one thread; holds a writer for its whole life.
final class JpegEncoder implements AutoCloseable {
    /// The monitor's quality since the Python system: a 640x480 frame takes some 30 KB.
    private static final float QUALITY = 0.6f;

    private static final int[] RGB_OFFSETS = {0, 1, 2};

    private final ComponentColorModel rgb = new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, ComponentColorModel.OPAQUE, DataBuffer.TYPE_BYTE);
    private final ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    private final ImageWriteParam quality = writer.getDefaultWriteParam();

    JpegEncoder() {
        quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        quality.setCompressionQuality(QUALITY);
    }

    /// Appends the JPEG of the frame to `out`.
    void encode(Image frame, ByteArrayOutputStream out) {
        int width = frame.width();
        int height = frame.height();
        // The frame's own bytes serve as the raster: nothing is copied or swapped to BGR.
        WritableRaster raster = Raster.createInterleavedRaster(
                new DataBufferByte(frame.rgb(), frame.rgb().length), width, height, width * 3, 3, RGB_OFFSETS, null);
        try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(null, new IIOImage(new BufferedImage(rgb, raster, false, null), null, null), quality);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot encode a frame of " + height + "x" + width + " as JPEG", e);
        } finally {
            writer.reset();
        }
    }

    @Override
    public void close() {
        writer.dispose();
    }
}
