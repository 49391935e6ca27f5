package sinew.runtime.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import sinew.engine.policy.Image;
import sinew.runtime.camera.Camera;
import sinew.runtime.camera.CameraException;
import sinew.runtime.camera.CameraSettings;
import sinew.runtime.camera.PngFile;
import sinew.runtime.camera.V4l2Devices;

/// `sinew camera list | snap`.
@Command(
        name = "camera",
        description = "USB cameras: which there are, and what they see.",
        mixinStandardHelpOptions = true,
        subcommands = {CameraCommand.ListCameras.class, CameraCommand.Snap.class})
final class CameraCommand implements Runnable {
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final long MAX_AGE_NANOS = 1_000_000_000L;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /// `sinew camera list`.
    @Command(name = "list",
            description = "List the cameras with their stable names and formats.", mixinStandardHelpOptions = true)
    static final class ListCameras implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            List<V4l2Devices.Device> devices = V4l2Devices.list();
            var out = spec.commandLine().getOut();
            if (devices.isEmpty()) {
                out.println("No cameras. Plug one in; it appears as /dev/video0 or the like.");
            }
            for (V4l2Devices.Device device : devices) {
                out.println(device.path() + "  " + device.card());
                device.names().forEach(name -> out.println("    " + name));
                device.formats().forEach(format -> out.println("    " + format));
            }
            out.flush();
            return OK;
        }
    }

    /// `sinew camera snap`.
    @Command(name = "snap",
            description = "Save one picture of each camera, just as a policy would get it.",
            mixinStandardHelpOptions = true)
    static final class Snap implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Option(names = {"--robot.cameras", "--cameras"}, paramLabel = "MAP",
                defaultValue = "{front: {type: v4l2, index_or_path: /dev/video0, width: 640, height: 480, fps: 30}}",
                description = "Cameras as LeRobot writes them (default: ${DEFAULT-VALUE}).")
        private String cameras;

        @Option(names = {"-o", "--output"}, paramLabel = "DIR", defaultValue = ".",
                description = "Where NAME.png goes (default: here).")
        private Path output;

        @Override
        public Integer call() throws IOException {
            try {
                for (Map.Entry<String, CameraSettings> entry : CameraSettings.parse(cameras).entrySet()) {
                    snap(entry.getValue());
                }
                return OK;
            } catch (CameraException e) {
                spec.commandLine().getErr().println("sinew: " + e.getMessage());
                spec.commandLine().getErr().flush();
                return FAILED;
            }
        }

        private void snap(CameraSettings settings) throws IOException {
            byte[] rgb = new byte[settings.width() * settings.height() * 3];
            String remarks;
            try (Camera camera = Camera.open(settings)) {
                camera.look(rgb, MAX_AGE_NANOS);
                remarks = camera.remarks();
            }
            Path file = output.resolve(settings.name() + ".png");
            PngFile.write(new Image(settings.height(), settings.width(), rgb), file);
            spec.commandLine().getOut().println(file + (remarks.isEmpty() ? "" : "  (the camera " + remarks + ")"));
            spec.commandLine().getOut().flush();
        }
    }
}
