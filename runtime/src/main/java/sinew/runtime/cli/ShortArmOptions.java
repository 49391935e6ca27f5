package sinew.runtime.cli;

import picocli.CommandLine.Option;

/// As [ArmOptions], with the short names that `sinew arm` understands; elsewhere they mean other things.
final class ShortArmOptions extends ArmOptions {
    @Option(names = "--port", paramLabel = "DEVICE", description = "Short for --robot.port.")
    void shortPort(String device) {
        port = device;
    }

    @Option(names = "--id", paramLabel = "NAME", description = "Short for --robot.id.")
    void shortId(String name) {
        id = name;
    }
}
