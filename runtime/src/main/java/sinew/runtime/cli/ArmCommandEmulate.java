package sinew.runtime.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sinew.runtime.arm.Operator;
import sinew.runtime.arm.RobotException;
import sinew.runtime.arm.emulator.ArmEmulator;
import sinew.runtime.arm.emulator.EmulatorConsole;

/// `sinew arm emulate`.
@Command(
        name = "emulate",
        description = "Rehearse without hardware: servos behind a pseudo-terminal, until Ctrl-C. Type help for the "
                + "trouble it can make.",
        mixinStandardHelpOptions = true)
final class ArmCommandEmulate extends ArmCommandBase {
    @Option(names = "--arms", defaultValue = "1",
            description = "1 or 2 arms, each with its own port (default: ${DEFAULT-VALUE}).")
    private int arms;

    @Option(names = "--link", paramLabel = "PATH",
            description = "A link to the port, by a name that stays; for two arms PATH_left and PATH_right.")
    private Path link;

    @Option(names = "--state", paramLabel = "STATE", defaultValue = "calibrated",
            description = "calibrated, uncalibrated or new (every servo has id 1) (default: ${DEFAULT-VALUE}).")
    private String state;

    @Option(names = "--write-calibration", paramLabel = "FILE",
            description = "Write the calibration file that fits the emulated arms.")
    private Path calibration;

    @Option(names = "--sweep", description = "Joints without torque wander from stop to stop, as if swept by hand.")
    private boolean sweep;

    @Option(names = "--duration", paramLabel = "SECONDS", hidden = true)
    private Double seconds;

    @Override
    int work(Operator operator) {
        if (arms != 1 && arms != 2) {
            throw new IllegalArgumentException("--arms is 1 or 2, got " + arms);
        }
        List<ArmEmulator> emulators = new ArrayList<>();
        List<Path> links = new ArrayList<>();
        try {
            for (int i = 0; i < arms; i++) {
                ArmEmulator emulator = ArmEmulator.start(parse(state));
                emulators.add(emulator);
                emulator.sweep(sweep);
                String suffix = arms == 1 ? "" : i == 0 ? "_left" : "_right";
                operator.say((arms == 1 ? "arm" : suffix.substring(1) + " arm") + " at " + emulator.path()
                        + linked(emulator, suffix, links));
            }
            if (calibration != null) {
                emulators.getFirst().calibration().write(calibration);
                operator.say("calibration in " + calibration);
            }
            listen(operator, emulators);
            return OK;
        } catch (IOException e) {
            throw new RobotException(RobotException.Kind.PORT, "no pseudo-terminal: " + e.getMessage(), e);
        } finally {
            emulators.forEach(ArmEmulator::close);
            links.forEach(ArmCommandEmulate::remove);
        }
    }

    private String linked(ArmEmulator emulator, String suffix, List<Path> links) throws IOException {
        if (link == null) {
            return "";
        }
        Path at = link.resolveSibling(link.getFileName() + suffix);
        if (Files.isSymbolicLink(at)) {
            Files.delete(at); // of an emulator that was killed
        }
        Files.createSymbolicLink(at, Path.of(emulator.path()));
        links.add(at);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(at)));
        return ", also " + at;
    }

    private static void remove(Path link) {
        try {
            Files.deleteIfExists(link);
        } catch (IOException e) {
            // a dead link does no harm
        }
    }

    private void listen(Operator operator, List<ArmEmulator> emulators) {
        Thread.ofPlatform().daemon().name("emulator console").start(() -> {
            EmulatorConsole console = new EmulatorConsole(emulators);
            while (true) {
                try {
                    operator.say(console.execute(operator.ask("")));
                } catch (RobotException e) {
                    return; // nobody is at the keyboard; the servos stay
                }
            }
        });
        try {
            if (seconds == null) {
                new CountDownLatch(1).await();
            } else {
                TimeUnit.MILLISECONDS.sleep((long) (seconds * 1000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ArmEmulator.State parse(String state) {
        return switch (state.toLowerCase(Locale.ROOT)) {
            case "calibrated" -> ArmEmulator.State.CALIBRATED;
            case "uncalibrated" -> ArmEmulator.State.UNCALIBRATED;
            case "new" -> ArmEmulator.State.NEW;
            default -> throw new IllegalArgumentException("--state is calibrated, uncalibrated or new, got " + state);
        };
    }
}
