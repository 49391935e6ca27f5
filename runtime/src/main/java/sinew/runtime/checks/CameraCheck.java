package sinew.runtime.checks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sinew.engine.policy.Image;
import sinew.runtime.camera.Camera;
import sinew.runtime.camera.CameraException;
import sinew.runtime.camera.CameraSettings;

/// Whether cameras deliver as often as they should.
final class CameraCheck {
    private static final long WATCH_MS = 1500;
    private static final long MAX_AGE_NANOS = 2_000_000_000L;
    private static final double ENOUGH = 0.9;

    private CameraCheck() {}

    /// Watches all cameras together, as a run does: those of one USB controller take each other's room.
    ///
    /// @param fps      control steps per second
    /// @param pictures receives the newest of each that delivers
    static List<Finding> watch(Map<String, CameraSettings> settings, double fps, Map<String, Image> pictures)
            throws InterruptedException {
        List<Finding> findings = new ArrayList<>();
        Map<String, Camera> open = new LinkedHashMap<>();
        try {
            settings.forEach((name, wanted) -> {
                try {
                    open.put(name, Camera.open(wanted));
                } catch (CameraException e) {
                    findings.add(Finding.error("camera " + name, e.getMessage(),
                            "sinew camera list shows what is plugged in"));
                }
            });
            Map<String, Long> before = new LinkedHashMap<>();
            open.forEach((name, camera) -> before.put(name, count(camera, null)));
            long start = System.nanoTime();
            Thread.sleep(WATCH_MS);
            double seconds = (System.nanoTime() - start) * 1e-9;
            open.forEach((name, camera) -> findings.addAll(
                    look(name, camera, before.get(name), seconds, fps, pictures)));
        } finally {
            open.values().forEach(Camera::close);
        }
        return findings;
    }

    private static List<Finding> look(
            String name, Camera camera, Long before, double seconds, double fps, Map<String, Image> pictures) {
        CameraSettings wanted = camera.settings();
        byte[] rgb = new byte[wanted.width() * wanted.height() * 3];
        Long after = count(camera, rgb);
        String topic = "camera " + name;
        if (before == null || after == null) {
            return List.of(Finding.error(topic, "freezes: it delivered, and then no more",
                    "check its cable, and whether several cameras share one USB controller"));
        }
        pictures.put(name, new Image(wanted.height(), wanted.width(), rgb));
        List<Finding> findings = new ArrayList<>();
        double rate = (after - before) / seconds;
        String words = String.format(Locale.ROOT, "delivers %.1f pictures per second", rate);
        if (rate < ENOUGH * wanted.fps()) {
            findings.add(Finding.warning(topic, words + ", it was asked for " + wanted.fps(),
                    "more light, fourcc: MJPG, another USB port, or a lower fps"));
        } else if (fps > 0 && rate < ENOUGH * fps) {
            findings.add(Finding.warning(topic, words + ", there are " + number(fps) + " control steps",
                    "steps will see the same picture twice: raise its fps, or lower --env.fps"));
        } else {
            findings.add(Finding.ok(topic, words));
        }
        if (!camera.remarks().isEmpty()) {
            findings.add(Finding.warning(topic, "the camera " + camera.remarks(), "set what it can do in"
                    + " --robot.cameras (sinew camera list shows it)"));
        }
        return findings;
    }

    /// How many pictures there have been, or null when the newest is too old.
    private static Long count(Camera camera, byte[] into) {
        byte[] rgb = into != null ? into : new byte[camera.settings().width() * camera.settings().height() * 3];
        try {
            return camera.look(rgb, MAX_AGE_NANOS).pictures();
        } catch (CameraException e) {
            return null;
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
