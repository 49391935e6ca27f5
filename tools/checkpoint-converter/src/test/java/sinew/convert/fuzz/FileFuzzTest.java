package sinew.convert.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import sinew.convert.safetensors.SafetensorsException;
import sinew.convert.safetensors.SafetensorsFile;
import sinew.convert.safetensors.SafetensorsTensor;
import sinew.convert.torch.TorchCheckpoint;
import sinew.convert.torch.TorchCheckpointException;
import sinew.convert.torch.TorchFiles;
import sinew.convert.torch.TorchTensor;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.WeightsFile;
import sinew.engine.weights.WeightsFormatException;

/// Whatever bytes a file holds, its reader either takes them or throws its own exception. `mvn verify` replays the
/// seeds; `JAZZER_FUZZ=1 mvn test -pl tools/checkpoint-converter -am -Dtest=FileFuzzTest#safetensors
/// -Dsurefire.failIfNoSpecifiedTests=false` searches for new ones, one target at a time.
class FileFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void safetensors(byte[] data) throws IOException {
        Path path = write(data);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (SafetensorsTensor tensor : file.tensors()) {
                file.bytes(tensor.name());
            }
        } catch (SafetensorsException e) {
            require(e.getMessage());
        } finally {
            Files.delete(path);
        }
    }

    @FuzzTest(maxDuration = "10m")
    void gguf(byte[] data) throws IOException {
        Path path = write(data);
        try (WeightsFile file = WeightsFile.open(path)) {
            SpecMetadata.read(file.metadata());
        } catch (WeightsFormatException e) {
            require(e.getMessage());
        } finally {
            Files.delete(path);
        }
    }

    /// The pickle inside of a checkpoint. The zip around it is always whole: a search would spend its time on sums.
    @FuzzTest(maxDuration = "10m")
    void torchPickle(byte[] data) throws IOException {
        Path path = Files.createTempFile("fuzz", ".ckpt");
        new TorchFiles(data).entry("archive/data/0", new byte[24]).write(path);
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            if (checkpoint.root() instanceof TorchTensor tensor) {
                checkpoint.floats(tensor);
            }
        } catch (TorchCheckpointException e) {
            require(e.getMessage());
        } finally {
            Files.delete(path);
        }
    }

    private static void require(String message) {
        if (message == null || message.isBlank()) {
            throw new AssertionError("an exception without a message");
        }
    }

    private static Path write(byte[] data) throws IOException {
        Path path = Files.createTempFile("fuzz", ".bin");
        Files.write(path, data);
        return path;
    }
}
