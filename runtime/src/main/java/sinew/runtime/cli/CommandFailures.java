package sinew.runtime.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;
import sinew.convert.CheckpointException;
import sinew.convert.safetensors.SafetensorsException;
import sinew.engine.weights.WeightsFormatException;
import sinew.kernels.DeviceException;
import sinew.runtime.arm.RobotException;
import sinew.runtime.camera.CameraException;

/// Tells a user what went wrong with their files, without a stack trace. An exception that is nobody's mistake but
/// ours keeps its trace.
final class CommandFailures implements IExecutionExceptionHandler {
    static final int FAILED = 1;

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) throws Exception {
        String message = message(e);
        if (message == null) {
            throw e;
        }
        PrintWriter err = command.getErr();
        err.println("sinew " + command.getCommandName() + ": " + message);
        err.flush();
        return FAILED;
    }

    /// What to tell a user, or null when it is a bug.
    static String message(Exception e) {
        return switch (e) {
            case CheckpointException c -> c.getMessage();
            case WeightsFormatException w -> w.getMessage();
            case DeviceException d -> d.getMessage();
            case SafetensorsException s -> s.getMessage();
            case RobotException r -> r.getMessage();
            case CameraException c -> c.getMessage();
            case NoSuchFileException f -> file(f, "there is no such file or directory");
            case AccessDeniedException f -> file(f, "permission denied");
            case FileSystemException f -> file(f, "cannot be used");
            case IOException io when io.getMessage() != null -> io.getMessage();
            default -> null;
        };
    }

    private static String file(FileSystemException e, String otherwise) {
        return e.getFile() + ": " + (e.getReason() == null ? otherwise : e.getReason());
    }
}
