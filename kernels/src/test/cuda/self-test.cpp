// Tests the emulator: what it computes, and that it finds the errors it is there to find. They are seen to be found, so
// the messages of those that are expected stand between the lines of this program.
#include "driver.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace {

int failures;

void expect(bool condition, const char* what, int line) {
    if (condition) return;
    fprintf(stderr, "self-test.cpp:%d: not so: %s\n", line, what);
    failures++;
}

void expect_result(CUresult wanted, CUresult got, const char* what, int line) {
    if (wanted == got) return;
    fprintf(stderr, "self-test.cpp:%d: %s gives %d and not %d\n", line, what, got, wanted);
    failures++;
}

#define EXPECT(condition) expect(condition, #condition, __LINE__)
#define EXPECT_RESULT(result, call) expect_result(result, call, #call, __LINE__)
#define OK(call) EXPECT_RESULT(CUDA_SUCCESS, call)

CUmodule module;
CUstream stream;

void open() {
    CUcontext context;
    OK(cuDevicePrimaryCtxRetain(&context, 0));
    OK(cuCtxSetCurrent(context));
    OK(cuModuleLoadData(&module, "// a module"));
    OK(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
}

/// What failed for good is well again in a new context.
void reopen() {
    OK(cuDevicePrimaryCtxRelease_v2(0));
    open();
}

/// Numbers on the device.
template <class Type>
class Array {
public:
    explicit Array(size_t count) : count_(count) { OK(cuMemAlloc_v2(&pointer, count * sizeof(Type))); }

    explicit Array(const std::vector<Type>& values) : Array(values.size()) {
        OK(cuMemcpyHtoD_v2(pointer, values.data(), count_ * sizeof(Type)));
    }

    std::vector<Type> values() const {
        std::vector<Type> result(count_);
        OK(cuMemcpyDtoH_v2(result.data(), pointer, count_ * sizeof(Type)));
        return result;
    }

    void free() { OK(cuMemFree_v2(pointer)); }

    CUdeviceptr pointer = 0;

private:
    size_t count_;
};

CUfunction function(const char* name) {
    CUfunction result = nullptr;
    OK(cuModuleGetFunction(&result, module, name));
    return result;
}

template <class... Types>
CUresult launch(const char* name, unsigned grid, unsigned threads, Types... arguments) {
    void* addresses[] = {&arguments...};
    return cuLaunchKernel(function(name), grid, 1, 1, threads, 1, 1, 0, stream, addresses, nullptr);
}

std::vector<float> numbers(size_t count) {
    std::vector<float> result(count);
    uint64_t state = 1;
    for (float& value : result) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        value = static_cast<float>(static_cast<int>(state >> 40) - (1 << 23)) / (1 << 22);
    }
    return result;
}

void test_barriers() {
    std::vector<float> x = numbers(40 * 128);
    for (float& value : x) value = roundf(value * 100);
    Array<float> in(x), out(40);
    for (int seed = 0; seed < 6; seed++) {
        sinew_emulator_set_seed(seed);
        OK(cuMemsetD8_v2(out.pointer, 0, 40 * sizeof(float)));
        OK(launch("block_sums", 40, 128, in.pointer, out.pointer));
        std::vector<float> sums = out.values();
        for (int row = 0; row < 40; row++) {
            float sum = 0;
            for (int i = 0; i < 128; i++) sum += x[row * 128 + i];
            EXPECT(sums[row] == sum);
        }
    }
    in.free();
    out.free();
}

void test_arguments() {
    Array<int> out(3 * 4 * 5 * 64);
    Array<unsigned char> bytes(std::vector<unsigned char>{200, 1});
    Array<unsigned> word(std::vector<unsigned>{5000});
    int factor = 3;
    float half = 0.5f;
    for (CUdeviceptr last : {word.pointer, CUdeviceptr(0)}) {
        void* arguments[] = {&out.pointer, &factor, &bytes.pointer, &half, &last};
        OK(cuLaunchKernel(function("places"), 3, 4, 5, 64, 1, 1, 0, nullptr, arguments, nullptr));
        std::vector<int> values = out.values();
        bool right = true;
        for (int i = 0; i < 3 * 4 * 5 * 64; i++) right &= values[i] == i * 3 + 201 + (last ? 5000 : -1);
        EXPECT(right);
    }
    out.free();
    bytes.free();
    word.free();
}

bool reverses(const char* name, int flip, int barrier, unsigned long long seed) {
    sinew_emulator_set_seed(seed);
    std::vector<float> x = numbers(128);
    Array<float> in(x), out(128);
    OK(launch(name, 1, 128, in.pointer, out.pointer, barrier));
    std::vector<float> values = out.values();
    bool right = true;
    for (int i = 0; i < 128; i++) right &= values[i] == x[i ^ flip];
    in.free();
    out.free();
    return right;
}

void test_missing_barriers() {
    for (int seed = 0; seed < 10; seed++) {
        EXPECT(reverses("reverse", 127, 1, seed));
        EXPECT(!reverses("reverse", 127, 0, seed));
        EXPECT(reverses("reverse_warps", 31, 1, seed));
        EXPECT(!reverses("reverse_warps", 31, 0, seed));
    }
}

std::vector<int> arrivals(unsigned long long seed) {
    sinew_emulator_set_seed(seed);
    Array<int> out(5 * 128), count(std::vector<int>(1));
    OK(launch("arrivals", 5, 128, out.pointer, count.pointer));
    std::vector<int> result = out.values();
    out.free();
    count.free();
    return result;
}

void test_order() {
    std::vector<int> sorted(5 * 128);
    std::iota(sorted.begin(), sorted.end(), 0);
    EXPECT(arrivals(0) == sorted);
    std::vector<int> one = arrivals(1), two = arrivals(2);
    EXPECT(one != two && one != sorted && one == arrivals(1));
    // Warps, lanes and blocks are all out of order.
    EXPECT(!std::is_sorted(one.begin(), one.begin() + 32));
    EXPECT(one[0] / 128 != two[0] / 128 || one[128] / 128 != two[128] / 128 || one[256] / 128 != two[256] / 128);
    EXPECT(one[0] / 32 % 4 != 0 || one[128] / 32 % 4 != 0 || one[256] / 32 % 4 != 0);
    std::sort(one.begin(), one.end());
    EXPECT(one == sorted);
}

void test_stale_memory() {
    Array<float> out(5 * 128);
    for (int again = 0; again < 2; again++) {
        OK(cuMemsetD8_v2(out.pointer, 0, 5 * 128 * sizeof(float)));
        OK(launch("stale", 5, 128, out.pointer));
        int known = 0;
        for (float value : out.values()) known += !isnan(value);
        EXPECT(known == 0);
    }
    out.free();
    Array<float> fresh(3);
    for (float value : fresh.values()) EXPECT(isnan(value));
    fresh.free();
}

void test_shuffles() {
    Array<int> out(7 * 32);
    OK(launch("shuffles", 1, 32, out.pointer));
    std::vector<int> got = out.values();
    bool right = true;
    for (int i = 0; i < 32; i++) {
        int wanted[] = {i ^ 5, i < 29 ? i + 3 : i, 7, (i + 1) % 32, i % 8 < 5 ? i + 3 : i, i / 4 * 4 + 2, i ^ 16};
        for (int way = 0; way < 7; way++) right &= got[way * 32 + i] == wanted[way];
    }
    EXPECT(right);
    out.free();
}

float bits_to_float(uint32_t word) {
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

uint32_t float_to_bits(float value) {
    uint32_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

/// Rounds by the neighbours' distances, another way than the emulator's.
float nearest(float value, int dropped, bool ties_to_even) {
    uint32_t unit = 1u << dropped;
    uint32_t low = float_to_bits(value) & ~(unit - 1);
    float below = bits_to_float(low), above = bits_to_float(low + unit);
    double to_below = fabs(double(value) - below), to_above = fabs(double(above) - value);
    if (to_below != to_above) return to_below < to_above ? below : above;
    return ties_to_even && !(low & unit) ? below : above;
}

void test_product(const char* name, int depth, int dropped, bool ties_to_even) {
    std::vector<float> a = numbers(16 * depth), b = numbers(depth * 8), c = numbers(4 * 128);
    // Asymmetric on top of random, so that no exchange of rows, columns or halves stays unseen.
    for (int i = 0; i < 16 * depth; i++) a[i] += i * 0.01f;
    Array<float> da(a), db(b), dc(c);
    OK(launch(name, 1, 128, da.pointer, db.pointer, dc.pointer));
    std::vector<float> got = dc.values();
    for (int i = 0; i < 4 * 128; i++) {
        int row = i / 8 % 16, column = i % 8;
        double sum = c[i];
        for (int k = 0; k < depth; k++) {
            sum += double(nearest(a[row * depth + k], dropped, ties_to_even)) *
                   nearest(b[k * 8 + column], dropped, ties_to_even);
        }
        EXPECT(fabs(got[i] - sum) < 1e-5);
    }
    da.free();
    db.free();
    dc.free();
}

void test_rounding() {
    std::vector<float> x = numbers(32);
    x[0] = bits_to_float(0x3f808000);  // halfway between two of bfloat16's, to the even one below
    x[1] = bits_to_float(0x3f818000);  // and above
    x[2] = bits_to_float(0x3f801000);  // halfway between two of TF32's
    x[3] = bits_to_float(0x3f803000);
    x[4] = INFINITY;
    x[5] = -NAN;
    x[6] = -bits_to_float(0x3f801000);
    x[7] = bits_to_float(0x7f7fffff);
    x[8] = -0.0f;
    Array<float> in(x);
    Array<unsigned> out(65);
    OK(cuMemsetD32_v2(out.pointer, 7, 65));
    OK(launch("rounded", 1, 32, in.pointer, out.pointer));
    std::vector<unsigned> words = out.values();
    for (int i = 0; i < 32; i++) {
        float half = bits_to_float(words[2 * i] << 16), word = bits_to_float(words[2 * i + 1]);
        EXPECT(words[2 * i] >> 16 == 0x3f80);
        if (isnan(x[i])) EXPECT(isnan(half) && isnan(word));
        else if (i == 4 || i == 7) EXPECT(half == INFINITY && word == INFINITY);
        else EXPECT(half == nearest(x[i], 16, true) && word == nearest(x[i], 13, false));
    }
    EXPECT((words[0] & 0xffff) == 0x3f80 && (words[2] & 0xffff) == 0x3f82);
    EXPECT(words[5] == 0x3f802000 && words[7] == 0x3f804000 && words[13] == 0xbf802000);
    EXPECT(words[64] == 7 - 2 + 7);
    in.free();
    out.free();
}

void test_divergence() {
    for (int way = 0; way < 7; way++) {
        for (int seed = 0; seed < 2; seed++) {
            sinew_emulator_set_seed(seed);
            Array<float> out(4);
            OK(launch("diverge", 1, 128, out.pointer, 100));
            EXPECT_RESULT(CUDA_ERROR_LAUNCH_FAILED, launch("diverge", 3, 128, out.pointer, way));
            EXPECT_RESULT(CUDA_ERROR_LAUNCH_FAILED, cuStreamSynchronize(stream));
            EXPECT_RESULT(CUDA_ERROR_LAUNCH_FAILED, cuMemFree_v2(out.pointer));
            reopen();
        }
    }
}

void test_trespass(CUresult wanted, int way, int offset) {
    Array<float> out(8);
    OK(cuMemsetD32_v2(out.pointer, 0, 8));
    EXPECT_RESULT(wanted, launch("trespass", 1, 32, out.pointer, way, offset));
    if (wanted == CUDA_SUCCESS) out.free();
    else reopen();
}

void test_accesses() {
    for (int way = 0; way < 2; way++) {
        test_trespass(CUDA_SUCCESS, way, 7);
        test_trespass(CUDA_ERROR_ILLEGAL_ADDRESS, way, 8);
        test_trespass(CUDA_ERROR_ILLEGAL_ADDRESS, way, -1 - (4096 - 32) / 4);
    }
    test_trespass(CUDA_SUCCESS, 2, 4);
    test_trespass(CUDA_ERROR_ILLEGAL_INSTRUCTION, 2, 2);
    test_trespass(CUDA_SUCCESS, 3, 7);
    test_trespass(CUDA_ERROR_ILLEGAL_INSTRUCTION, 3, 8);
    test_trespass(CUDA_ERROR_ILLEGAL_INSTRUCTION, 4, 1);
    test_trespass(CUDA_SUCCESS, 5, 2);
    test_trespass(CUDA_ERROR_ILLEGAL_ADDRESS, 5, 20);

    // What is written close before the start shows when it is freed.
    Array<float> array(8);
    OK(launch("trespass", 1, 32, array.pointer, 1, -1));
    EXPECT_RESULT(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemFree_v2(array.pointer));
    reopen();
}

void test_memory() {
    long before = sinew_emulator_live_allocations();
    Array<float> array(64);
    EXPECT(array.pointer % 256 == 0);
    EXPECT(sinew_emulator_live_allocations() == before + 1);
    std::vector<float> x = numbers(64), y(64);
    CUdeviceptr p = array.pointer;
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(p + 4, x.data(), 256));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(x.data(), p - 4, 8));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoD_v2(p, p + 128, 132));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemsetD32_v2(p, 0, 65));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemsetD32_v2(p + 1, 0, 1));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(p + 16));
    OK(cuMemcpyHtoDAsync_v2(p, x.data(), 256, stream));
    OK(cuMemcpyDtoDAsync_v2(p, p + 128, 64, stream));
    OK(cuMemsetD8Async(p + 16, 0x3f, 4, stream));
    OK(cuMemcpyDtoHAsync_v2(y.data(), p, 256, stream));
    EXPECT(y[0] == x[32] && y[3] == x[35] && float_to_bits(y[4]) == 0x3f3f3f3f && y[5] == x[37] && y[63] == x[63]);
    array.free();
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(p));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(p, x.data(), 4));
    EXPECT(sinew_emulator_live_allocations() == before);
    CUdeviceptr huge;
    EXPECT_RESULT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&huge, size_t(1) << 40));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&huge, 0));
    void* host;
    OK(cuMemAllocHost_v2(&host, 100));
    OK(cuMemFreeHost(host));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(host));
    EXPECT_RESULT(CUDA_ERROR_ILLEGAL_ADDRESS, launch("stale", 1, 128, p));
    reopen();
    // Even where the kernel leaves it alone.
    EXPECT_RESULT(CUDA_ERROR_ILLEGAL_ADDRESS, launch("count_up", 1, 32, p, 1.0f, 0));
    reopen();
}

void test_launch_checks() {
    CUfunction stale = function("stale"), missing;
    Array<float> out(128);
    void* arguments[] = {&out.pointer};
    void* none[] = {nullptr};
    auto start = [&](unsigned gx, unsigned gy, unsigned bx, unsigned by, unsigned shared, void** values) {
        return cuLaunchKernel(stale, gx, gy, 1, bx, by, 1, shared, stream, values, nullptr);
    };
    OK(start(1, 1, 128, 1, 0, arguments));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, start(0, 1, 128, 1, 0, arguments));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, start(1, 65536, 128, 1, 0, arguments));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, start(1, 1, 1056, 1, 0, arguments));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, start(1, 1, 33, 1, 0, arguments));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, start(1, 1, 32, 2, 0, arguments));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, start(1, 1, 128, 1, 4, arguments));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, start(1, 1, 128, 1, 0, nullptr));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, start(1, 1, 128, 1, 0, none));
    EXPECT_RESULT(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&missing, module, "missing"));
    CUmodule other;
    EXPECT_RESULT(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&other, "PTX"));
    OK(cuModuleLoadData(&other, "//\n.visible .entry shuffles(\n"));
    EXPECT_RESULT(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&missing, other, "stale"));
    OK(cuModuleGetFunction(&stale, other, "shuffles"));
    OK(cuModuleUnload(other));
    EXPECT_RESULT(CUDA_ERROR_INVALID_HANDLE, start(1, 1, 128, 1, 0, arguments));
    EXPECT_RESULT(CUDA_ERROR_INVALID_HANDLE, cuModuleUnload(other));
    out.free();
}

CUgraphExec end_capture() {
    CUgraph graph;
    CUgraphExec exec = nullptr;
    OK(cuStreamEndCapture(stream, &graph));
    OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
    OK(cuGraphDestroy(graph));
    return exec;
}

void test_capture() {
    Array<float> x(32);
    std::vector<float> host = numbers(32), back(32);
    long launches = sinew_emulator_launches(), graphs = sinew_emulator_graph_launches();
    OK(cuStreamBeginCapture_v2(stream, CAPTURE_THREAD_LOCAL));
    CUstreamCaptureStatus status;
    OK(cuStreamIsCapturing(stream, &status));
    EXPECT(status == CAPTURE_ACTIVE);
    EXPECT_RESULT(CUDA_ERROR_ILLEGAL_STATE, cuStreamBeginCapture_v2(stream, CAPTURE_GLOBAL));
    OK(cuMemcpyHtoDAsync_v2(x.pointer, host.data(), 128, stream));
    {
        // Values that are gone, and changed, when the graph runs.
        float step = 0.25f;
        int times = 2;
        void* arguments[] = {&x.pointer, &step, &times};
        OK(cuLaunchKernel(function("count_up"), 1, 1, 1, 32, 1, 1, 0, stream, arguments, nullptr));
        step = 100;
        times = 1000;
    }
    OK(cuMemcpyDtoHAsync_v2(back.data(), x.pointer, 128, stream));
    OK(cuMemsetD32Async(x.pointer, 0, 32, stream));
    CUgraphExec exec = end_capture();
    EXPECT(sinew_emulator_launches() == launches && isnan(x.values()[0]));
    for (int i = 1; i <= 3; i++) {
        host[5] = i;
        OK(cuGraphLaunch(exec, stream));
        OK(cuStreamSynchronize(stream));
        EXPECT(back[5] == i + 0.5f && back[6] == host[6] + 0.25f + 0.25f && x.values()[5] == 0);
    }
    EXPECT(sinew_emulator_launches() == launches + 3 && sinew_emulator_graph_launches() == graphs + 3);
    x.free();
    EXPECT_RESULT(CUDA_ERROR_ILLEGAL_ADDRESS, cuGraphLaunch(exec, stream));
    reopen();
}

void expect_broken_capture() {
    CUgraph graph;
    EXPECT_RESULT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, &graph));
    EXPECT_RESULT(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(stream, &graph));
}

void test_forbidden_in_capture() {
    Array<float> x(32);
    float host[32] = {};
    CUdeviceptr other;
    for (CUstreamCaptureMode mode : {CAPTURE_GLOBAL, CAPTURE_THREAD_LOCAL}) {
        for (int call = 0; call < 6; call++) {
            OK(cuStreamBeginCapture_v2(stream, mode));
            CUresult result = call == 0   ? cuMemAlloc_v2(&other, 4)
                              : call == 1 ? cuMemFree_v2(x.pointer)
                              : call == 2 ? cuMemcpyHtoD_v2(x.pointer, host, 4)
                              : call == 3 ? cuMemcpyDtoH_v2(host, x.pointer, 4)
                              : call == 4 ? cuStreamSynchronize(stream)
                                          : cuCtxSynchronize();
            EXPECT(result == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
            EXPECT_RESULT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuMemsetD8Async(x.pointer, 0, 4, stream));
            expect_broken_capture();
        }
    }
    OK(cuStreamBeginCapture_v2(stream, CAPTURE_RELAXED));
    OK(cuMemAlloc_v2(&other, 4));
    OK(cuMemcpyHtoD_v2(x.pointer, host, 4));
    OK(cuMemFree_v2(other));
    OK(cuGraphExecDestroy(end_capture()));
    x.free();
}

/// Of a stream that the default stream waits for, even a relaxed capture does not go with synchronous copies.
void test_default_stream_in_capture() {
    Array<float> x(32);
    float host[32] = {};
    OK(cuStreamDestroy_v2(stream));
    OK(cuStreamCreate(&stream, 0));
    OK(cuStreamBeginCapture_v2(stream, CAPTURE_RELAXED));
    EXPECT_RESULT(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, cuMemcpyHtoD_v2(x.pointer, host, 4));
    expect_broken_capture();
    EXPECT_RESULT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamBeginCapture_v2(nullptr, CAPTURE_RELAXED));
    x.free();
}

void test_threads() {
    CUcontext context;
    OK(cuCtxGetCurrent(&context));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([=] {
            CUdeviceptr none;
            EXPECT_RESULT(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&none, 4));
            OK(cuCtxSetCurrent(context));
            Array<float> x(std::vector<float>(256));
            for (int j = 0; j < 50; j++) OK(launch("count_up", 2, 128, x.pointer, 1.0f, 3));
            for (float value : x.values()) EXPECT(value == 150);
            x.free();
        });
    }
    for (std::thread& thread : threads) thread.join();

    // A thread may not end another's capture, nor allocate while a global one goes on.
    for (CUstreamCaptureMode mode : {CAPTURE_GLOBAL, CAPTURE_THREAD_LOCAL}) {
        OK(cuStreamBeginCapture_v2(stream, mode));
        std::thread([&] {
            OK(cuCtxSetCurrent(context));
            CUgraph graph;
            CUdeviceptr pointer;
            EXPECT_RESULT(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, cuStreamEndCapture(stream, &graph));
            bool global = mode == CAPTURE_GLOBAL;
            EXPECT_RESULT(global ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS, cuMemAlloc_v2(&pointer, 4));
            if (!global) OK(cuMemFree_v2(pointer));
        }).join();
        if (mode == CAPTURE_GLOBAL) expect_broken_capture();
        else OK(cuGraphExecDestroy(end_capture()));
    }
}

void test_events() {
    CUevent from, to;
    OK(cuEventCreate(&from, 0));
    OK(cuEventCreate(&to, 0));
    float milliseconds = -1;
    EXPECT_RESULT(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, from, to));
    OK(cuEventRecord(from, stream));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    OK(cuEventRecord(to, stream));
    OK(cuEventSynchronize(to));
    OK(cuEventElapsedTime(&milliseconds, from, to));
    EXPECT(milliseconds >= 2 && milliseconds < 1000);
    OK(cuEventDestroy_v2(from));
    OK(cuEventDestroy_v2(to));
    EXPECT_RESULT(CUDA_ERROR_INVALID_HANDLE, cuEventDestroy_v2(to));
}

void test_before_init() {
    int count;
    CUcontext context;
    EXPECT_RESULT(CUDA_ERROR_NOT_INITIALIZED, cuDeviceGetCount(&count));
    EXPECT_RESULT(CUDA_ERROR_NOT_INITIALIZED, cuDevicePrimaryCtxRetain(&context, 0));
    OK(cuInit(0));
    OK(cuDeviceGetCount(&count));
    EXPECT(count == 1);
    EXPECT_RESULT(CUDA_ERROR_INVALID_DEVICE, cuDevicePrimaryCtxRetain(&context, 1));
    EXPECT_RESULT(CUDA_ERROR_INVALID_CONTEXT, cuCtxSynchronize());
    const char* name;
    OK(cuGetErrorName(719, &name));
    EXPECT(!strcmp(name, "CUDA_ERROR_LAUNCH_FAILED"));
    EXPECT_RESULT(CUDA_ERROR_INVALID_VALUE, cuGetErrorName(12345, &name));
}

/// Only says how long it takes, but for what would make other tests unbearable.
void test_speed() {
    using Clock = std::chrono::steady_clock;
    using Milliseconds = std::chrono::duration<double, std::milli>;
    Array<float> x(std::vector<float>(500 * 128));
    for (int times : {0, 5, 50}) {
        auto start = Clock::now();
        OK(launch("count_up", 500, 128, x.pointer, 1.0f, times));
        double milliseconds = Milliseconds(Clock::now() - start).count();
        printf("500 blocks of 128 threads with %d barriers: %.1f ms\n", times, milliseconds);
        EXPECT(milliseconds < 2000);
    }
    auto start = Clock::now();
    for (int i = 0; i < 1000; i++) OK(launch("count_up", 1, 32, x.pointer, 1.0f, 1));
    printf("a launch of one warp: %.1f us\n", Milliseconds(Clock::now() - start).count());
    x.free();
}

void test_end() {
    CUmodule last = module;
    OK(cuStreamDestroy_v2(stream));
    OK(cuModuleUnload(last));
    EXPECT(sinew_emulator_live_objects() == 0);
    OK(cuDevicePrimaryCtxRelease_v2(0));
    EXPECT_RESULT(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuCtxSynchronize());
    EXPECT_RESULT(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
}

}

int main() {
    test_before_init();
    open();
    test_barriers();
    test_arguments();
    test_missing_barriers();
    test_order();
    test_stale_memory();
    test_shuffles();
    test_product("product_bf16", 16, 16, true);
    test_product("product_tf32", 8, 13, false);
    test_rounding();
    test_divergence();
    test_accesses();
    test_memory();
    test_launch_checks();
    test_capture();
    test_forbidden_in_capture();
    test_default_stream_in_capture();
    test_threads();
    test_events();
    test_speed();
    test_end();
    printf(failures == 0 ? "self-test: all is well\n" : "self-test: %d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
