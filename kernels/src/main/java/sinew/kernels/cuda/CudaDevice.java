package sinew.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import sinew.kernels.Device;
import sinew.kernels.DeviceException;
import sinew.kernels.Kernels;

/// An NVIDIA GPU: one stream in which all calls stand in line, and recordings of them as CUDA graphs.
final class CudaDevice implements Device {
    private static final int OLDEST_MAJOR = 8;

    private final int index;
    private final boolean tf32;
    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final CUstream stream = new CUstream();
    private final CUevent begin = new CUevent();
    private final CUevent end = new CUevent();
    private final List<Graph> graphs = new ArrayList<>();
    private final Modules modules;
    private final DeviceMemory memory;
    private final CudaKernels own;
    private final Kernels kernels;
    private boolean closed;

    private CudaDevice(int index, boolean tf32) {
        this.index = index;
        this.tf32 = tf32;
        Driver.check(JCudaDriver.cuDeviceGet(device, index), "opening GPU " + index);
        Driver.check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "opening GPU " + index);
        makeCurrent();
        // Not to be held up by whatever else in the process uses the default stream.
        Driver.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "opening GPU " + index);
        Driver.check(JCudaDriver.cuEventCreate(begin, CUevent_flags.CU_EVENT_DEFAULT), "opening GPU " + index);
        Driver.check(JCudaDriver.cuEventCreate(end, CUevent_flags.CU_EVENT_DEFAULT), "opening GPU " + index);
        modules = new Modules();
        memory = new DeviceMemory(stream, this::makeCurrent);
        int processors = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        own = new CudaKernels(this, processors, tf32);
        kernels = Kernels.checked(own);
    }

    /// @param tf32 whether F32 products may be rounded to TF32
    static CudaDevice open(int index, boolean tf32) {
        requireUsable(index);
        return new CudaDevice(index, tf32);
    }

    /// @throws DeviceException when there is no such GPU, or it is too old
    static void requireUsable(int index) {
        int[] count = new int[1];
        Driver.check(JCudaDriver.cuDeviceGetCount(count), "counting the GPUs");
        if (count[0] == 0) {
            throw new DeviceException(Driver.noGpu());
        }
        if (index >= count[0]) {
            throw new DeviceException("there is no GPU " + index + ": this machine has " + count[0]
                    + (count[0] == 1 ? ", cuda:0" : ", cuda:0 to cuda:" + (count[0] - 1)));
        }
        CUdevice device = new CUdevice();
        Driver.check(JCudaDriver.cuDeviceGet(device, index), "opening GPU " + index);
        int major = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
        if (major < OLDEST_MAJOR) {
            throw new DeviceException("GPU " + index + ", " + model(device) + ", is too old: it has compute capability "
                    + capability(device) + ", Sinew's kernels want " + OLDEST_MAJOR + ".0 or newer (Ampere, 2020)."
                    + " Use --device cpu");
        }
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        Driver.check(JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "asking the GPU what it is");
        return value[0];
    }

    private static String model(CUdevice device) {
        byte[] name = new byte[256];
        Driver.check(JCudaDriver.cuDeviceGetName(name, name.length, device), "asking the GPU what it is");
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    private static String capability(CUdevice device) {
        return attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) + "."
                + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    }

    @Override
    public String name() {
        return "cuda:" + index + (tf32 ? "+tf32" : "");
    }

    @Override
    public String description() {
        long[] bytes = new long[1];
        Driver.check(JCudaDriver.cuDeviceTotalMem(bytes, device), "asking the GPU what it is");
        int[] version = new int[1];
        Driver.check(JCudaDriver.cuDriverGetVersion(version), "asking the NVIDIA driver for its version");
        return String.format(Locale.ROOT, "%s, %.1f GiB, compute capability %s, driver for CUDA %s", model(device),
                bytes[0] / (double) (1 << 30), capability(device), Driver.words(version[0]));
    }

    @Override
    public Kernels kernels() {
        return kernels;
    }

    @Override
    public MemorySegment allocate(Arena arena, long bytes) {
        makeCurrent();
        return memory.allocate(arena, bytes);
    }

    @Override
    public void write(float[] values, int from, MemorySegment to, long at, int count) {
        makeCurrent();
        memory.write(values, from, to, at, count);
    }

    @Override
    public void write(byte[] values, MemorySegment to) {
        makeCurrent();
        memory.write(values, to);
    }

    @Override
    public void read(MemorySegment from, long at, float[] values, int to, int count) {
        makeCurrent();
        memory.read(from, at, values, to, count);
    }

    /// The next call, on the calling thread's behalf.
    Launch launch() {
        makeCurrent();
        return new Launch(stream, modules, memory);
    }

    DeviceMemory memory() {
        return memory;
    }

    private void makeCurrent() {
        Driver.check(JCudaDriver.cuCtxSetCurrent(context), "turning to GPU " + index);
    }

    @Override
    public boolean records() {
        return true;
    }

    @Override
    public Recording record(Runnable calls) {
        makeCurrent();
        // Relaxed: allocations elsewhere in the process do not spoil a recording.
        Driver.check(JCudaDriver.cuStreamBeginCapture(
                stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED), "recording");
        CUgraph graph = new CUgraph();
        try {
            calls.run();
        } catch (RuntimeException | Error e) {
            JCudaDriver.cuStreamEndCapture(stream, graph);
            JCudaDriver.cuGraphDestroy(graph);
            throw e;
        }
        Driver.check(JCudaDriver.cuStreamEndCapture(stream, graph), "recording");
        CUgraphExec executable = new CUgraphExec();
        int result = JCudaDriver.cuGraphInstantiate(executable, graph, 0);
        JCudaDriver.cuGraphDestroy(graph);
        Driver.check(result, "preparing a recording");
        Graph recording = new Graph(executable);
        graphs.add(recording);
        return recording;
    }

    private final class Graph implements Recording {
        private final CUgraphExec executable;

        Graph(CUgraphExec executable) {
            this.executable = executable;
        }

        @Override
        public void replay() {
            makeCurrent();
            int result = JCudaDriver.cuGraphLaunch(executable, stream);
            if (result != 0) {
                Driver.check(result, "replaying a recording");
            }
        }

        @Override
        public void close() {
            if (graphs.remove(this)) {
                makeCurrent();
                memory.await();
                JCudaDriver.cuGraphExecDestroy(executable);
            }
        }
    }

    @Override
    public long time(Runnable calls) {
        makeCurrent();
        Driver.check(JCudaDriver.cuEventRecord(begin, stream), "timing");
        calls.run();
        Driver.check(JCudaDriver.cuEventRecord(end, stream), "timing");
        Driver.check(JCudaDriver.cuEventSynchronize(end), "timing");
        float[] millis = new float[1];
        Driver.check(JCudaDriver.cuEventElapsedTime(millis, begin, end), "timing");
        return (long) (millis[0] * 1e6);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        makeCurrent();
        memory.await();
        List.copyOf(graphs).forEach(Graph::close);
        own.close();
        memory.close();
        modules.close();
        JCudaDriver.cuEventDestroy(begin);
        JCudaDriver.cuEventDestroy(end);
        JCudaDriver.cuStreamDestroy(stream);
        JCudaDriver.cuDevicePrimaryCtxRelease(device);
    }
}
