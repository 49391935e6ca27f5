package sinew.runtime.camera;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The cameras of this machine and what they offer.
public final class V4l2Devices {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int MOST = 200; // of anything that a driver counts up

    private V4l2Devices() {}

    /// A camera.
    ///
    /// @param path    `/dev/video0`
    /// @param card    what it calls itself
    /// @param names   links to it that stay the same over restarts
    /// @param formats one line each: `MJPG 640x480 1280x720`
    public record Device(String path, String card, List<String> names, List<String> formats) {}

    /// All video devices that deliver pictures; a device that cannot be opened is listed with the reason.
    public static List<Device> list() {
        return list(Path.of("/dev"), V4l2Calls.SYSTEM);
    }

    static List<Device> list(Path dev, V4l2Calls calls) {
        List<Path> nodes = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(dev, "video[0-9]*")) {
            files.forEach(nodes::add);
        } catch (IOException e) {
            return List.of();
        }
        nodes.sort(Comparator.comparingInt(
                p -> Integer.parseInt(p.getFileName().toString().substring("video".length()))));
        List<Device> devices = new ArrayList<>();
        for (Path node : nodes) {
            Device device = describe(dev, node, calls);
            if (device != null) {
                devices.add(device);
            }
        }
        return devices;
    }

    private static Device describe(Path dev, Path node, V4l2Calls calls) {
        int fd;
        try {
            fd = calls.open(node.toString());
        } catch (IOException e) {
            return new Device(node.toString(), e.getMessage() + " (is the user in the group video?)", List.of(),
                    List.of());
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capability = arena.allocate(V4l2.CAPABILITY_SIZE, 8);
            calls.ioctl("asking what it is", fd, V4l2.QUERYCAP, capability);
            if (!captures(capability)) {
                return null;
            }
            byte[] card = capability.asSlice(V4l2.CAPABILITY_CARD, V4l2.CAPABILITY_CARD_LENGTH)
                    .toArray(ValueLayout.JAVA_BYTE);
            int length = 0;
            while (length < card.length && card[length] != 0) {
                length++;
            }
            List<String> formats = new ArrayList<>();
            for (int format : formats(calls, fd, arena)) {
                formats.add(V4l2.fourcc(format) + sizes(calls, fd, format, arena));
            }
            return new Device(node.toString(), new String(card, 0, length, StandardCharsets.UTF_8), names(dev, node),
                    formats);
        } catch (IOException e) {
            return null; // not a video device after all
        } finally {
            try {
                calls.close(fd);
            } catch (IOException e) {
                // it was only looked at
            }
        }
    }

    static boolean captures(MemorySegment capability) {
        int all = capability.get(INT, V4l2.CAPABILITY_ALL);
        int own = (all & V4l2.DEVICE_CAPS) != 0 ? capability.get(INT, V4l2.CAPABILITY_DEVICE) : all;
        return (own & V4l2.VIDEO_CAPTURE) != 0 && (own & V4l2.STREAMING) != 0;
    }

    /// The pixel formats that a device offers, in its own order.
    static List<Integer> formats(V4l2Calls calls, int fd, Arena arena) {
        List<Integer> formats = new ArrayList<>();
        MemorySegment f = arena.allocate(V4l2.FMTDESC_SIZE, 8);
        for (int i = 0; i < MOST; i++) {
            f.fill((byte) 0);
            f.set(INT, 0, i);
            f.set(INT, V4l2.FMTDESC_TYPE, V4l2.CAPTURE);
            try {
                calls.ioctl("asking for formats", fd, V4l2.ENUM_FMT, f);
            } catch (IOException e) {
                break; // the end of the list
            }
            formats.add(f.get(INT, V4l2.FMTDESC_PIXELFORMAT));
        }
        return formats;
    }

    private static String sizes(V4l2Calls calls, int fd, int format, Arena arena) {
        StringBuilder sizes = new StringBuilder();
        MemorySegment s = arena.allocate(V4l2.FRMSIZE_SIZE, 8);
        for (int i = 0; i < MOST; i++) {
            s.fill((byte) 0);
            s.set(INT, 0, i);
            s.set(INT, V4l2.FRMSIZE_PIXELFORMAT, format);
            try {
                calls.ioctl("asking for sizes", fd, V4l2.ENUM_FRAMESIZES, s);
            } catch (IOException e) {
                break; // the end of the list
            }
            if (s.get(INT, V4l2.FRMSIZE_TYPE) != V4l2.DISCRETE) {
                return sizes.append(" any size").toString();
            }
            sizes.append(' ').append(s.get(INT, V4l2.FRMSIZE_WIDTH)).append('x')
                    .append(s.get(INT, V4l2.FRMSIZE_HEIGHT));
        }
        return sizes.toString();
    }

    private static List<String> names(Path dev, Path node) {
        List<String> names = new ArrayList<>();
        for (String folder : List.of("v4l/by-id", "v4l/by-path")) {
            try (DirectoryStream<Path> links = Files.newDirectoryStream(dev.resolve(folder))) {
                for (Path link : links) {
                    if (Files.isSameFile(link, node)) {
                        names.add(link.toString());
                    }
                }
            } catch (IOException e) {
                // no such folder: no such names
            }
        }
        return names;
    }
}
