package sinew.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sinew.kernels.Activation;
import sinew.kernels.Device;
import sinew.kernels.DeviceException;
import sinew.kernels.NativeMemory;
import sinew.kernels.Rows;

/// Memory, recordings and errors of a GPU.
class CudaDeviceTest {
    @BeforeEach
    void gpu() {
        CudaEmulator.require();
    }

    @Test
    void memoryBeginsWithZerosAndKeepsWhatIsWritten() {
        try (Arena arena = Arena.ofConfined(); Device device = Devices.open("cuda")) {
            MemorySegment memory = device.allocate(arena, 7 * Float.BYTES);
            assertArrayEquals(new float[7], read(device, memory, 7));
            device.write(new float[] {9, 1, 2, 3}, 1, memory, 2, 3);
            assertArrayEquals(new float[] {0, 0, 1, 2, 3, 0, 0}, read(device, memory, 7));
            assertThrows(IndexOutOfBoundsException.class, () -> device.write(new float[8], 0, memory, 0, 8));
            MemorySegment host = NativeMemory.floats(arena, 4L);
            assertThrows(IllegalArgumentException.class, () -> device.write(new float[4], 0, host, 0, 4));
        }
    }

    @Test
    void aRecordingIsMadeAgainWithWhatIsThereThen() {
        try (Arena arena = Arena.ofConfined(); Device device = Devices.open("cuda")) {
            Rows a = Rows.dense(device.allocate(arena, 4 * Float.BYTES), 2, 2);
            Rows constant = Rows.dense(NativeMemory.floats(arena, 1, 2, 3, 4), 2, 2);
            Runnable addTwice = () -> {
                device.kernels().add(a, constant, a, 0, 1);
                device.kernels().add(a, constant, a, 0, 1);
            };
            addTwice.run();
            assertArrayEquals(new float[] {2, 4, 6, 8}, read(device, a.memory(), 4));
            try (Device.Recording recording = device.record(addTwice)) {
                assertArrayEquals(new float[] {2, 4, 6, 8}, read(device, a.memory(), 4), "recording does not run");
                recording.replay();
                recording.replay();
            }
            assertArrayEquals(new float[] {6, 12, 18, 24}, read(device, a.memory(), 4));
            device.write(new float[4], 0, a.memory(), 0, 4);
            assertTrue(device.time(addTwice) >= 0);
            assertArrayEquals(new float[] {2, 4, 6, 8}, read(device, a.memory(), 4));
        }
    }

    @Test
    void aRecordingThatFailsLeavesTheDeviceUsable() {
        try (Arena arena = Arena.ofConfined(); Device device = Devices.open("cuda")) {
            Rows a = Rows.dense(device.allocate(arena, 4 * Float.BYTES), 2, 2);
            assertThrows(IllegalStateException.class, () -> device.record(() -> {
                device.kernels().activate(Activation.RELU, a, a, 0, 1);
                throw new IllegalStateException("in between");
            }));
            device.write(new float[] {-1, 1, -2, 2}, 0, a.memory(), 0, 4);
            device.kernels().activate(Activation.RELU, a, a, 0, 1);
            assertArrayEquals(new float[] {0, 1, 0, 2}, read(device, a.memory(), 4));
        }
    }

    @Test
    void memoryMayOutliveTheDevice() {
        try (Arena arena = Arena.ofShared()) {
            Device device = Devices.open("cuda:0");
            device.allocate(arena, 100);
            device.close();
            device.close();
        }
    }

    @Test
    void namesAndMistakes() {
        assertNull(Devices.gpuProblem());
        try (Device device = Devices.open("CUDA+tf32")) {
            assertEquals("cuda:0+tf32", device.name());
            assertTrue(device.description().contains("GiB"), device.description());
        }
        try (Device device = Devices.open("auto")) {
            assertEquals("cuda:0", device.name());
        }
        assertEquals(Device.CPU, Devices.open("cpu"));
        assertTrue(assertThrows(DeviceException.class, () -> Devices.open("cuda:99")).getMessage()
                .startsWith("there is no GPU 99: this machine has "));
        for (String wrong : new String[] {"gpu", "cuda:", "cuda:x", "cuda-1", "cpu+tf32", ""}) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> Devices.open(wrong)).getMessage()
                    .contains("devices are cpu, cuda"), wrong);
        }
    }

    @Test
    void tooMuchMemoryIsSaidSo() {
        try (Arena arena = Arena.ofConfined(); Device device = Devices.open("cuda")) {
            String said = assertThrows(DeviceException.class, () -> device.allocate(arena, 1L << 50)).getMessage();
            assertTrue(said.contains("the GPU's memory is full"), said);
        }
    }

    private static float[] read(Device device, MemorySegment memory, int count) {
        float[] values = new float[count];
        device.read(memory, 0, values, 0, count);
        return values;
    }
}
