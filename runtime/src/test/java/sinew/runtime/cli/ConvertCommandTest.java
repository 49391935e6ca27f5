package sinew.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// convert, inspect and synth as a user types them.
class ConvertCommandTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void synthConvertInspect() throws IOException {
        Path checkpoint = folder.resolve("tiny");
        assertEquals(0, sinew("synth", "--config", "tiny", "-o", checkpoint.toString(), "--seed", "7"), err::toString);
        assertEquals(0, sinew("convert", checkpoint.toString(), "--type", "bf16"), err::toString);
        Path file = checkpoint.resolve("policy-bf16.gguf");
        assertTrue(out.toString().contains(file + ": diffusion, "), out::toString);
        assertTrue(err.toString().contains("checking"), "progress lines where there is no terminal");

        assertEquals(0, sinew("inspect", file.toString(), "--json"), err::toString);
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertEquals("weights file", json.get("kind").textValue());
        assertEquals(16, json.at("/policy/n_action_steps").intValue());
        assertEquals("min_max", json.at("/policy/inputs/0/normalization").textValue());
        assertEquals(Files.size(file), json.get("bytes").longValue());

        assertEquals(0, sinew("inspect", checkpoint.toString(), "--tensors"), err::toString);
        assertTrue(out.toString().contains("unet film") && out.toString().contains("diffusion.unet.final_conv.1.bias"));
        assertTrue(out.toString().contains("-100.0..100.0"), out::toString);
    }

    @Test
    void anExistingFileIsReplacedOnlyBySuccess() throws IOException {
        Path checkpoint = folder.resolve("tiny");
        assertEquals(0, sinew("synth", "--config", "tiny", "-o", checkpoint.toString()));
        Path file = folder.resolve("policy.gguf");
        Files.writeString(file, "precious");
        byte[] weights = Files.readAllBytes(checkpoint.resolve("model.safetensors"));
        Files.write(checkpoint.resolve("model.safetensors"), Arrays.copyOf(weights, 5000));
        assertEquals(1, sinew("convert", checkpoint.toString(), "-o", file.toString(), "--json"));
        assertEquals("precious", Files.readString(file));
        String problem = new ObjectMapper().readTree(out.toString()).at("/problems/0").textValue();
        assertTrue(problem.contains("safetensors"), problem);
        Files.write(checkpoint.resolve("model.safetensors"), weights);
        assertEquals(0, sinew("convert", checkpoint.toString(), "-o", file.toString(), "--json"), err::toString);
        assertEquals(Files.size(file), new ObjectMapper().readTree(out.toString()).get("bytes").longValue());
    }

    @Test
    void mistakesAreToldWithoutATrace() throws IOException {
        Path text = folder.resolve("notes.txt");
        Files.writeString(text, "hello, this is not a policy");
        for (List<String> line : List.of(
                List.of("convert", folder.resolve("absent").toString()),
                List.of("convert", text.toString()),
                List.of("convert", folder.toString()),
                List.of("inspect", folder.resolve("absent").toString()),
                List.of("inspect", text.toString()),
                List.of("inspect", folder.toString()),
                List.of("synth", "--config", "tiny", "-o", folder.toString()),
                List.of("synth", "--config", "tiny", "-o", text.resolve("x").toString()))) {
            assertEquals(1, sinew(line.toArray(String[]::new)), line::toString);
            assertFalse(err.toString().contains("\tat "), () -> line + ": " + err);
            assertTrue(err.toString().startsWith("sinew " + line.getFirst() + ": " + folder), () -> line + ": " + err);
        }
        for (List<String> line : List.of(
                List.of("convert", folder.toString(), "--type", "f8"),
                List.of("convert"),
                List.of("inspect", folder.toString(), "--jsn"),
                List.of("synth", "--config", "dmo", "-o", folder.resolve("y").toString()),
                List.of("synth", "--config", "demo", "--dtype", "f64", "-o", folder.resolve("y").toString()))) {
            assertEquals(2, sinew(line.toArray(String[]::new)), line::toString);
            assertFalse(err.toString().contains("\tat "), () -> line + ": " + err);
        }
        assertTrue(Files.notExists(folder.resolve("y")));
    }

    @Test
    void anUnwritableTargetIsNamed() throws IOException {
        Path checkpoint = folder.resolve("tiny");
        assertEquals(0, sinew("synth", "--config", "tiny", "-o", checkpoint.toString()));
        assertEquals(1, sinew("convert", checkpoint.toString(), "-o", folder.resolve("no/such/place.gguf").toString()));
        assertTrue(err.toString().contains("no/such"), err::toString);
        assertFalse(err.toString().contains("\tat "), err::toString);
    }

    private int sinew(String... line) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(line);
    }
}
