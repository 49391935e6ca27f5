// CUDA's driver for a machine that has none: everything runs at once on the calling thread. It answers as the real
// one does also where it refuses, so that a program that errs does so here already.
//
// Settings, from the environment: SINEW_EMULATOR_SEED (the order of threads, 0 for in order), SINEW_EMULATOR_DEVICES (0
// for a driver without devices), SINEW_EMULATOR_MEMORY (bytes that the device has).
#include "blocks.h"
#include "driver.h"
#include "memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <string>

struct Context {
    int retained = 0;
    /// The first failure of a kernel; nothing works in this context from then on.
    CUresult failure = CUDA_SUCCESS;
};

struct Module {
    /// PTX with its entries, or empty where that is not known and all kernels count as its own.
    std::string text;
    std::set<KernelOfModule*> functions = {};
};

struct KernelOfModule {
    const emulated::Kernel* kernel;
    Module* module;
};

using Operation = std::function<CUresult()>;
using Operations = std::vector<Operation>;

struct Stream {
    bool blocking;
    CUstreamCaptureStatus status = CAPTURE_NONE;
    CUstreamCaptureMode mode = CAPTURE_GLOBAL;
    pthread_t thread = {};
    Operations captured = {};
};

struct Event {
    using Clock = std::chrono::steady_clock;
    bool timed;
    bool recorded = false;
    bool captured = false;
    Clock::time_point time = {};
};

struct Graph {
    Operations operations;
};

struct GraphExec {
    std::shared_ptr<Operations> operations;
};

namespace {

/// Live objects of a kind. Handles come from outside and are not trusted to be any.
template <class Type>
class Objects {
public:
    template <class... Arguments>
    Type* create(Arguments&&... arguments) {
        return *objects_.insert(new Type{std::forward<Arguments>(arguments)...}).first;
    }

    bool contains(Type* object) const { return objects_.count(object) > 0; }
    auto begin() const { return objects_.begin(); }
    auto end() const { return objects_.end(); }
    long size() const { return static_cast<long>(objects_.size()); }

    bool destroy(Type* object) {
        if (objects_.erase(object) == 0) return false;
        delete object;
        return true;
    }

    void clear() {
        while (!objects_.empty()) destroy(*objects_.begin());
    }

private:
    std::set<Type*> objects_;
};

std::mutex mutex;
bool initialized;
Context primary;
Objects<Module> modules;
Objects<KernelOfModule> functions;
Objects<Stream> streams;
Objects<Event> events;
Objects<Graph> graphs;
Objects<GraphExec> execs;
long launches;
long graph_launches;

thread_local Context* current;
thread_local CUstreamCaptureMode thread_mode = CAPTURE_GLOBAL;

unsigned long long setting(const char* name, unsigned long long otherwise) {
    const char* text = getenv(name);
    return text && *text ? strtoull(text, nullptr, 0) : otherwise;
}

int device_count() { return static_cast<int>(setting("SINEW_EMULATOR_DEVICES", 1)); }
size_t total_memory() { return setting("SINEW_EMULATOR_MEMORY", 8ull << 30); }

template <class Body>
CUresult with_driver(Body body) {
    std::lock_guard<std::mutex> lock(mutex);
    return initialized ? body() : CUDA_ERROR_NOT_INITIALIZED;
}

template <class Body>
CUresult with_device(CUdevice device, Body body) {
    return with_driver([&] { return device >= 0 && device < device_count() ? body() : CUDA_ERROR_INVALID_DEVICE; });
}

template <class Body>
CUresult with_context(Body body) {
    return with_driver([&] {
        if (!current) return CUDA_ERROR_INVALID_CONTEXT;
        if (current->retained == 0) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
        return current->failure != CUDA_SUCCESS ? current->failure : body();
    });
}

CUresult fail(CUresult result, const std::string& message) {
    fprintf(stderr, "sinew emulator: %s\n", message.c_str());
    fflush(stderr);
    return result;
}

CUresult fail_for_good(CUresult result, const std::string& message) {
    primary.failure = result;
    return fail(result, message);
}

// Streams and capture.

bool is_default(CUstream stream) {
    // Null, and the two constants that name the default streams.
    return reinterpret_cast<size_t>(stream) <= 2;
}

bool is_stream(CUstream stream) { return is_default(stream) || streams.contains(stream); }

bool capturing(CUstream stream) { return !is_default(stream) && stream->status != CAPTURE_NONE; }

/// Whether a stream's capture forbids this thread calls that could disturb it.
bool forbids(const Stream& stream) {
    if (stream.status != CAPTURE_ACTIVE || stream.mode == CAPTURE_RELAXED || thread_mode == CAPTURE_RELAXED) {
        return false;
    }
    if (pthread_equal(stream.thread, pthread_self())) return true;
    return stream.mode == CAPTURE_GLOBAL && thread_mode == CAPTURE_GLOBAL;
}

template <class Condition>
bool invalidate(Condition condition) {
    bool any = false;
    for (Stream* stream : streams) {
        if (!condition(*stream)) continue;
        stream->status = CAPTURE_INVALIDATED;
        stream->captured.clear();
        any = true;
    }
    return any;
}

/// For calls that a capture may forbid.
CUresult check_safe() { return invalidate(forbids) ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS; }

/// For calls that use the default stream, which waits for all streams but those that were created without that.
CUresult check_default() {
    bool implicit = invalidate([](const Stream& s) { return s.status == CAPTURE_ACTIVE && s.blocking; });
    return implicit ? CUDA_ERROR_STREAM_CAPTURE_IMPLICIT : CUDA_SUCCESS;
}

CUresult perform(CUstream stream, Operation operation) {
    if (!is_stream(stream)) return CUDA_ERROR_INVALID_HANDLE;
    if (is_default(stream)) {
        CUresult result = check_default();
        return result != CUDA_SUCCESS ? result : operation();
    }
    if (stream->status == CAPTURE_INVALIDATED) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    if (stream->status == CAPTURE_NONE) return operation();
    stream->captured.push_back(std::move(operation));
    return CUDA_SUCCESS;
}

CUresult perform_now(const Operation& operation) {
    CUresult result = check_safe();
    if (result == CUDA_SUCCESS) result = check_default();
    return result != CUDA_SUCCESS ? result : operation();
}

CUresult run_all(const Operations& operations) {
    for (const Operation& operation : operations) {
        CUresult result = operation();
        if (result != CUDA_SUCCESS) return result;
    }
    return CUDA_SUCCESS;
}

// Copies.

/// Where an operation was recorded, what it names may be gone when it runs: then the device would fault.
Operation checked(CUdeviceptr place, size_t size, const char* name, Operation operation) {
    return [=] {
        if (emulated::on_device(place, size)) return operation();
        return fail_for_good(CUDA_ERROR_ILLEGAL_ADDRESS, std::string(name) + " at " + emulated::where(place));
    };
}

Operation copy(void* to, const void* from, size_t size) {
    return [=] {
        memmove(to, from, size);
        return CUDA_SUCCESS;
    };
}

void* pointer(CUdeviceptr place) { return reinterpret_cast<void*>(place); }

CUresult outside(const char* name, CUdeviceptr place, size_t size) {
    return fail(CUDA_ERROR_INVALID_VALUE, std::string(name) + " of " + std::to_string(size) + " bytes from " +
                                              emulated::where(place));
}

template <class Perform>
CUresult to_device(CUdeviceptr to, const void* from, size_t size, Perform perform) {
    return with_context([&] {
        if (!from && size > 0) return CUDA_ERROR_INVALID_VALUE;
        if (!emulated::on_device(to, size)) return outside("copy to the device", to, size);
        return perform(checked(to, size, "copy to the device", copy(pointer(to), from, size)));
    });
}

template <class Perform>
CUresult to_host(void* to, CUdeviceptr from, size_t size, Perform perform) {
    return with_context([&] {
        if (!to && size > 0) return CUDA_ERROR_INVALID_VALUE;
        if (!emulated::on_device(from, size)) return outside("copy from the device", from, size);
        return perform(checked(from, size, "copy from the device", copy(to, pointer(from), size)));
    });
}

template <class Perform>
CUresult within_device(CUdeviceptr to, CUdeviceptr from, size_t size, Perform perform) {
    return with_context([&] {
        if (!emulated::on_device(to, size)) return outside("copy within the device, to", to, size);
        if (!emulated::on_device(from, size)) return outside("copy within the device,", from, size);
        Operation operation = copy(pointer(to), pointer(from), size);
        operation = checked(from, size, "copy within the device", operation);
        return perform(checked(to, size, "copy within the device", operation));
    });
}

template <class Type, class Perform>
CUresult set(CUdeviceptr to, Type value, size_t count, Perform perform) {
    return with_context([&] {
        size_t size = count * sizeof(Type);
        if (to % sizeof(Type) != 0) return CUDA_ERROR_INVALID_VALUE;
        if (!emulated::on_device(to, size)) return outside("filling", to, size);
        return perform(checked(to, size, "filling", [=] {
            std::fill_n(static_cast<Type*>(pointer(to)), count, value);
            return CUDA_SUCCESS;
        }));
    });
}

auto on(CUstream stream) {
    return [=](Operation operation) { return perform(stream, std::move(operation)); };
}

// Kernels.

/// A launch with its arguments' values, as a graph keeps them.
struct Launch {
    KernelOfModule* function;
    const emulated::Kernel* kernel;
    dim3 grid;
    unsigned threads;
    std::vector<std::vector<unsigned char>> arguments;
};

CUresult result_of(emulated::End end) {
    switch (end) {
        case emulated::End::completed: return CUDA_SUCCESS;
        case emulated::End::bad_access: return CUDA_ERROR_ILLEGAL_ADDRESS;
        case emulated::End::bad_instruction: return CUDA_ERROR_ILLEGAL_INSTRUCTION;
        default: return CUDA_ERROR_LAUNCH_FAILED;
    }
}

CUresult check_pointers(const Launch& launch) {
    for (int i = 0; i < launch.kernel->count; i++) {
        if (!launch.kernel->arguments[i].pointer) continue;
        uintptr_t address;
        memcpy(&address, launch.arguments[i].data(), sizeof address);
        if (emulated::reachable(address)) continue;
        return fail_for_good(CUDA_ERROR_ILLEGAL_ADDRESS,
                             std::string("kernel ") + launch.kernel->name + ", argument " + std::to_string(i) +
                                 ": a pointer to " + emulated::where(address));
    }
    return CUDA_SUCCESS;
}

CUresult run(const Launch& launch) {
    if (!functions.contains(launch.function)) {
        return fail_for_good(CUDA_ERROR_ILLEGAL_ADDRESS,
                             std::string("kernel ") + launch.kernel->name + ": its module is unloaded");
    }
    CUresult result = check_pointers(launch);
    if (result != CUDA_SUCCESS) return result;
    std::vector<void*> values;
    for (const auto& argument : launch.arguments) values.push_back(const_cast<unsigned char*>(argument.data()));
    launches++;
    emulated::Fault fault = emulated::run(*launch.kernel, launch.grid, launch.threads, values.data());
    if (fault.end == emulated::End::completed) return CUDA_SUCCESS;
    std::string message = fault.message;
    if (fault.address) {
        message += "\n    which is " + emulated::where(reinterpret_cast<uintptr_t>(fault.address));
    }
    return fail_for_good(result_of(fault.end), message);
}

bool fits(unsigned value, unsigned most) { return value >= 1 && value <= most; }

/// What the driver refuses, and what it would take but the kernels are not written for.
CUresult check_shape(const emulated::Kernel& kernel, dim3 grid, dim3 threads, unsigned shared_bytes, bool arguments) {
    std::string name = std::string("kernel ") + kernel.name + ": ";
    if (!fits(grid.x, 0x7fffffff) || !fits(grid.y, 65535) || !fits(grid.z, 65535)) {
        return fail(CUDA_ERROR_INVALID_VALUE, name + "grid out of bounds");
    }
    if (!fits(threads.x, 1024) || threads.x % 32 != 0 || threads.y != 1 || threads.z != 1) {
        return fail(CUDA_ERROR_INVALID_VALUE, name + "blocks have one dimension, a multiple of 32 of at most 1024");
    }
    if (shared_bytes != 0) return fail(CUDA_ERROR_INVALID_VALUE, name + "dynamic shared memory is not emulated");
    if (!arguments && kernel.count > 0) return fail(CUDA_ERROR_INVALID_VALUE, name + "no arguments");
    return CUDA_SUCCESS;
}

CUresult take_arguments(Launch& launch, void** arguments) {
    for (int i = 0; i < launch.kernel->count; i++) {
        auto value = static_cast<const unsigned char*>(arguments[i]);
        if (!value) {
            return fail(CUDA_ERROR_INVALID_VALUE,
                        std::string("kernel ") + launch.kernel->name + ": no argument " + std::to_string(i));
        }
        launch.arguments.emplace_back(value, value + launch.kernel->arguments[i].size);
    }
    return CUDA_SUCCESS;
}

const emulated::Kernel* find_kernel(const char* name) {
    static const std::vector<const emulated::Kernel*> all = emulated::kernels();
    for (const emulated::Kernel* kernel : all) {
        if (std::string(kernel->name) == name) return kernel;
    }
    return nullptr;
}

bool has_entry(const Module& module, const std::string& name) {
    return module.text.find(".entry") == std::string::npos ||
           module.text.find(".entry " + name + "(") != std::string::npos;
}

void unload(Module* module) {
    for (KernelOfModule* function : module->functions) functions.destroy(function);
    modules.destroy(module);
}

/// The end of the primary context takes all that was made in it along.
void destroy_context() {
    primary.retained = 0;
    primary.failure = CUDA_SUCCESS;
    emulated::release_all();
    modules.clear();
    functions.clear();
    streams.clear();
    events.clear();
    graphs.clear();
    execs.clear();
}

CUresult allocate_host(void** pointer, size_t size) {
    return with_context([&] {
        if (!pointer || size == 0) return CUDA_ERROR_INVALID_VALUE;
        CUresult safe = check_safe();
        if (safe != CUDA_SUCCESS) return safe;
        *pointer = reinterpret_cast<void*>(emulated::allocate_host(size));
        return *pointer ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
    });
}

struct Name {
    CUresult result;
    const char* name;
    const char* text;
};

#define NAMED(result, text) {result, #result, text}

const Name names[] = {
    NAMED(CUDA_SUCCESS, "no error"),
    NAMED(CUDA_ERROR_INVALID_VALUE, "invalid argument"),
    NAMED(CUDA_ERROR_OUT_OF_MEMORY, "out of memory"),
    NAMED(CUDA_ERROR_NOT_INITIALIZED, "initialization error"),
    NAMED(CUDA_ERROR_NO_DEVICE, "no CUDA-capable device is detected"),
    NAMED(CUDA_ERROR_INVALID_DEVICE, "invalid device ordinal"),
    NAMED(CUDA_ERROR_INVALID_IMAGE, "device kernel image is invalid"),
    NAMED(CUDA_ERROR_INVALID_CONTEXT, "invalid device context"),
    NAMED(CUDA_ERROR_INVALID_HANDLE, "invalid resource handle"),
    NAMED(CUDA_ERROR_ILLEGAL_STATE, "the operation cannot be performed in the present state"),
    NAMED(CUDA_ERROR_NOT_FOUND, "named symbol not found"),
    NAMED(CUDA_ERROR_NOT_READY, "device not ready"),
    NAMED(CUDA_ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered"),
    NAMED(CUDA_ERROR_CONTEXT_IS_DESTROYED, "context is destroyed"),
    NAMED(CUDA_ERROR_ILLEGAL_INSTRUCTION, "an illegal instruction was encountered"),
    NAMED(CUDA_ERROR_LAUNCH_FAILED, "unspecified launch failure"),
    NAMED(CUDA_ERROR_NOT_SUPPORTED, "operation not supported"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "operation not permitted when stream is capturing"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "operation failed due to a previous error during capture"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "operation would make the default stream depend on a capturing stream"),
    NAMED(CUDA_ERROR_CAPTURED_EVENT, "operation not permitted on an event last recorded in a capturing stream"),
    NAMED(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "attempt to terminate a capture from another thread"),
};

const Name* find_name(int error) {
    auto found = std::find_if(std::begin(names), std::end(names), [&](const Name& n) { return n.result == error; });
    return found == std::end(names) ? nullptr : found;
}

/// By the driver's numbers. What is not here is 0.
int attribute(int number) {
    switch (number) {
        case 1: return 1024;         // threads in a block
        case 2: return 1024;         // by dimension
        case 3: return 1024;
        case 4: return 64;
        case 5: return 0x7fffffff;   // blocks in a grid, by dimension
        case 6: return 65535;
        case 7: return 65535;
        case 8: return 48 * 1024;    // shared memory of a block
        case 9: return 64 * 1024;    // constant memory
        case 10: return 32;          // lanes of a warp
        case 12: return 64 * 1024;   // registers of a block
        case 13: return 1000000;     // kHz
        case 14: return 512;         // alignment of textures
        case 16: return 4;           // multiprocessors
        case 19: return 1;           // can map memory of the host
        case 31: return 1;           // kernels beside each other
        case 36: return 1000000;     // kHz, of the memory
        case 37: return 256;         // bits of the memory's bus
        case 38: return 4 << 20;     // second-level cache
        case 39: return 2048;        // threads on a multiprocessor
        case 40: return 1;           // engines for copies
        case 41: return 1;           // one space of addresses with the host
        case 75: return static_cast<int>(setting("SINEW_EMULATOR_CAPABILITY", 9)); // compute capability, before the point
        case 76: return 0;
        case 81: return 228 * 1024;  // shared memory of a multiprocessor
        case 82: return 64 * 1024;   // registers of a multiprocessor
        case 97: return 227 * 1024;  // shared memory of a block that asks for more
        default: return 0;
    }
}

}

CUresult cuInit(unsigned flags) {
    std::lock_guard<std::mutex> lock(mutex);
    if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
    if (device_count() == 0) return CUDA_ERROR_NO_DEVICE;
    if (initialized) return CUDA_SUCCESS;
    emulated::set_seed(setting("SINEW_EMULATOR_SEED", 1));
    emulated::poison_shared();
    initialized = true;
    return CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int* version) {
    if (!version) return CUDA_ERROR_INVALID_VALUE;
    *version = static_cast<int>(setting("SINEW_EMULATOR_DRIVER", 12080));
    return CUDA_SUCCESS;
}

CUresult cuGetErrorName(int error, const char** text) {
    const Name* name = find_name(error);
    *text = name ? name->name : nullptr;
    return name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorString(int error, const char** text) {
    const Name* name = find_name(error);
    *text = name ? name->text : nullptr;
    return name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuDeviceGetCount(int* count) {
    return with_driver([&] {
        if (!count) return CUDA_ERROR_INVALID_VALUE;
        *count = device_count();
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
    return with_device(ordinal, [&] {
        if (!device) return CUDA_ERROR_INVALID_VALUE;
        *device = ordinal;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGetName(char* name, int size, CUdevice device) {
    return with_device(device, [&] {
        if (!name || size <= 0) return CUDA_ERROR_INVALID_VALUE;
        snprintf(name, size, "Emulated GPU");
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGetAttribute(int* value, int number, CUdevice device) {
    return with_device(device, [&] {
        if (!value || number < 1) return CUDA_ERROR_INVALID_VALUE;
        *value = attribute(number);
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
    return with_device(device, [&] {
        if (!major || !minor) return CUDA_ERROR_INVALID_VALUE;
        *major = attribute(75);
        *minor = attribute(76);
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
    return with_device(device, [&] {
        if (!bytes) return CUDA_ERROR_INVALID_VALUE;
        *bytes = total_memory();
        return CUDA_SUCCESS;
    });
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
    return with_device(device, [&] {
        if (!context) return CUDA_ERROR_INVALID_VALUE;
        primary.retained++;
        *context = &primary;
        return CUDA_SUCCESS;
    });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    return with_device(device, [&] {
        if (primary.retained == 0) return CUDA_ERROR_INVALID_CONTEXT;
        if (--primary.retained == 0) destroy_context();
        return CUDA_SUCCESS;
    });
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
    return with_device(device, [&] {
        destroy_context();
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxSetCurrent(CUcontext context) {
    return with_driver([&] {
        if (context && (context != &primary || primary.retained == 0)) return CUDA_ERROR_INVALID_CONTEXT;
        current = context;
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxGetCurrent(CUcontext* context) {
    return with_driver([&] {
        if (!context) return CUDA_ERROR_INVALID_VALUE;
        *context = current;
        return CUDA_SUCCESS;
    });
}

CUresult cuCtxSynchronize() {
    return with_context([] {
        bool any = invalidate([](const Stream& stream) { return stream.status == CAPTURE_ACTIVE; });
        return any ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
    });
}

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
    return with_context([&] {
        if (!module || !image) return CUDA_ERROR_INVALID_VALUE;
        auto text = static_cast<const char*>(image);
        bool ptx = strncmp(text, "//", 2) == 0;
        if (!ptx && strncmp(text, "\x7f" "ELF", 4) != 0) return CUDA_ERROR_INVALID_IMAGE;
        *module = modules.create(ptx ? text : "");
        return CUDA_SUCCESS;
    });
}

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, int*, void**) {
    return cuModuleLoadData(module, image);
}

CUresult cuModuleUnload(CUmodule module) {
    return with_context([&] {
        if (!modules.contains(module)) return CUDA_ERROR_INVALID_HANDLE;
        unload(module);
        return CUDA_SUCCESS;
    });
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
    return with_context([&] {
        if (!function || !name) return CUDA_ERROR_INVALID_VALUE;
        if (!modules.contains(module)) return CUDA_ERROR_INVALID_HANDLE;
        const emulated::Kernel* kernel = find_kernel(name);
        if (!kernel || !has_entry(*module, name)) return CUDA_ERROR_NOT_FOUND;
        *function = functions.create(kernel, module);
        module->functions.insert(*function);
        return CUDA_SUCCESS;
    });
}

CUresult cuFuncGetAttribute(int* value, int number, CUfunction function) {
    return with_context([&] {
        if (!value) return CUDA_ERROR_INVALID_VALUE;
        if (!functions.contains(function)) return CUDA_ERROR_INVALID_HANDLE;
        // The most threads, registers, and the versions of PTX and of the binary.
        *value = number == 0 ? 1024 : number == 4 ? 32 : number == 5 ? 80 : number == 6 ? 90 : 0;
        return CUDA_SUCCESS;
    });
}

CUresult cuFuncSetAttribute(CUfunction function, int, int) {
    return with_context([&] { return functions.contains(function) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
    return with_context([&] {
        if (!free || !total) return CUDA_ERROR_INVALID_VALUE;
        *total = total_memory();
        *free = *total - std::min(*total, emulated::allocated_bytes());
        return CUDA_SUCCESS;
    });
}

CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t size) {
    return with_context([&] {
        if (!pointer || size == 0) return CUDA_ERROR_INVALID_VALUE;
        CUresult safe = check_safe();
        if (safe != CUDA_SUCCESS) return safe;
        size_t used = emulated::allocated_bytes();
        if (used > total_memory() || size > total_memory() - used) return CUDA_ERROR_OUT_OF_MEMORY;
        uintptr_t start = emulated::allocate(size);
        if (start == 0) return CUDA_ERROR_OUT_OF_MEMORY;
        *pointer = start;
        return CUDA_SUCCESS;
    });
}

CUresult cuMemFree_v2(CUdeviceptr pointer) {
    return with_context([&] {
        CUresult safe = check_safe();
        if (safe != CUDA_SUCCESS || pointer == 0) return safe;
        std::string where = emulated::where(pointer);
        switch (emulated::release(pointer)) {
            case emulated::Freed::done: return CUDA_SUCCESS;
            case emulated::Freed::unknown: return CUDA_ERROR_INVALID_VALUE;
            default: break;
        }
        return fail_for_good(CUDA_ERROR_ILLEGAL_ADDRESS, "something was written just beside " + where);
    });
}

CUresult cuMemAllocHost_v2(void** pointer, size_t size) { return allocate_host(pointer, size); }

CUresult cuMemHostAlloc(void** pointer, size_t size, unsigned) { return allocate_host(pointer, size); }

CUresult cuMemFreeHost(void* pointer) {
    return with_context([&] {
        CUresult safe = check_safe();
        if (safe != CUDA_SUCCESS) return safe;
        bool known = emulated::release_host(reinterpret_cast<uintptr_t>(pointer));
        return known ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
    });
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t size) {
    return to_device(to, from, size, perform_now);
}

CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t size) { return to_host(to, from, size, perform_now); }

CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t size) {
    return within_device(to, from, size, perform_now);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t size, CUstream stream) {
    return to_device(to, from, size, on(stream));
}

CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t size, CUstream stream) {
    return to_host(to, from, size, on(stream));
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream) {
    return within_device(to, from, size, on(stream));
}

CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
    return set(to, value, count, perform_now);
}

CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) { return set(to, value, count, perform_now); }

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream) {
    return set(to, value, count, on(stream));
}

CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream) {
    return set(to, value, count, on(stream));
}

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
    return with_context([&] {
        if (!stream || flags > CU_STREAM_NON_BLOCKING) return CUDA_ERROR_INVALID_VALUE;
        *stream = streams.create(flags != CU_STREAM_NON_BLOCKING);
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamDestroy_v2(CUstream stream) {
    return with_context([&] { return streams.destroy(stream) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

static CUresult check_idle(CUstream stream) {
    return with_context([&] {
        if (!is_stream(stream)) return CUDA_ERROR_INVALID_HANDLE;
        if (is_default(stream)) return check_default();
        bool waits = invalidate([&](const Stream& s) { return &s == stream && s.status != CAPTURE_NONE; });
        return waits ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
    });
}

CUresult cuStreamSynchronize(CUstream stream) { return check_idle(stream); }

CUresult cuStreamQuery(CUstream stream) { return check_idle(stream); }

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
    return with_context([&] {
        if (!is_stream(stream) || !events.contains(event)) return CUDA_ERROR_INVALID_HANDLE;
        // A capture that spreads to a second stream would have to be emulated for this.
        if (event->captured && !capturing(stream)) return CUDA_ERROR_NOT_SUPPORTED;
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode) {
    return with_context([&] {
        if (is_default(stream)) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        if (!streams.contains(stream)) return CUDA_ERROR_INVALID_HANDLE;
        if (mode < CAPTURE_GLOBAL || mode > CAPTURE_RELAXED) return CUDA_ERROR_INVALID_VALUE;
        if (stream->status != CAPTURE_NONE) return CUDA_ERROR_ILLEGAL_STATE;
        stream->status = CAPTURE_ACTIVE;
        stream->mode = mode;
        stream->thread = pthread_self();
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
    return with_context([&] {
        if (!graph) return CUDA_ERROR_INVALID_VALUE;
        if (is_default(stream) || !streams.contains(stream)) return CUDA_ERROR_INVALID_HANDLE;
        if (stream->status == CAPTURE_NONE) return CUDA_ERROR_ILLEGAL_STATE;
        if (stream->mode != CAPTURE_RELAXED && !pthread_equal(stream->thread, pthread_self())) {
            return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
        }
        bool valid = stream->status == CAPTURE_ACTIVE;
        stream->status = CAPTURE_NONE;
        Operations captured;
        captured.swap(stream->captured);
        *graph = valid ? graphs.create(std::move(captured)) : nullptr;
        return valid ? CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    });
}

CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus* status) {
    return with_context([&] {
        if (!status) return CUDA_ERROR_INVALID_VALUE;
        if (!is_stream(stream)) return CUDA_ERROR_INVALID_HANDLE;
        *status = is_default(stream) ? CAPTURE_NONE : stream->status;
        return CUDA_SUCCESS;
    });
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) {
    return with_driver([&] {
        if (!mode || *mode < CAPTURE_GLOBAL || *mode > CAPTURE_RELAXED) return CUDA_ERROR_INVALID_VALUE;
        std::swap(*mode, thread_mode);
        return CUDA_SUCCESS;
    });
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long) {
    return with_context([&] {
        if (!exec) return CUDA_ERROR_INVALID_VALUE;
        if (!graphs.contains(graph)) return CUDA_ERROR_INVALID_HANDLE;
        *exec = execs.create(std::make_shared<Operations>(graph->operations));
        return CUDA_SUCCESS;
    });
}

CUresult cuGraphUpload(CUgraphExec exec, CUstream stream) {
    return with_context([&] {
        return execs.contains(exec) && is_stream(stream) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
    });
}

CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) {
    return with_context([&] {
        if (!execs.contains(exec)) return CUDA_ERROR_INVALID_HANDLE;
        return perform(stream, [operations = exec->operations] {
            graph_launches++;
            return run_all(*operations);
        });
    });
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
    return with_context([&] { return execs.destroy(exec) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

CUresult cuGraphDestroy(CUgraph graph) {
    return with_context([&] { return graphs.destroy(graph) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream, void** arguments,
                        void** extra) {
    return with_context([&] {
        if (!functions.contains(function)) return CUDA_ERROR_INVALID_HANDLE;
        if (extra) return CUDA_ERROR_NOT_SUPPORTED;
        Launch launch{function, function->kernel, dim3(grid_x, grid_y, grid_z), block_x, {}};
        CUresult result = check_shape(*function->kernel, launch.grid, dim3(block_x, block_y, block_z), shared_bytes,
                                      arguments != nullptr);
        if (result == CUDA_SUCCESS) result = take_arguments(launch, arguments);
        if (result != CUDA_SUCCESS) return result;
        return perform(stream, [launch = std::move(launch)] { return run(launch); });
    });
}

CUresult cuEventCreate(CUevent* event, unsigned flags) {
    return with_context([&] {
        if (!event) return CUDA_ERROR_INVALID_VALUE;
        *event = events.create((flags & CU_EVENT_DISABLE_TIMING) == 0);
        return CUDA_SUCCESS;
    });
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
    return with_context([&] {
        if (!events.contains(event) || !is_stream(stream)) return CUDA_ERROR_INVALID_HANDLE;
        if (!capturing(stream)) {
            event->captured = false;
            event->recorded = true;
            event->time = Event::Clock::now();
            return CUDA_SUCCESS;
        }
        event->captured = true;
        return perform(stream, [] { return CUDA_SUCCESS; });
    });
}

CUresult cuEventQuery(CUevent event) {
    return with_context([&] {
        if (!events.contains(event)) return CUDA_ERROR_INVALID_HANDLE;
        return event->captured ? CUDA_ERROR_CAPTURED_EVENT : CUDA_SUCCESS;
    });
}

CUresult cuEventSynchronize(CUevent event) { return cuEventQuery(event); }

CUresult cuEventElapsedTime(float* milliseconds, CUevent from, CUevent to) {
    return with_context([&] {
        if (!milliseconds) return CUDA_ERROR_INVALID_VALUE;
        for (CUevent event : {from, to}) {
            if (!events.contains(event) || !event->timed || !event->recorded) return CUDA_ERROR_INVALID_HANDLE;
            if (event->captured) return CUDA_ERROR_CAPTURED_EVENT;
        }
        *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
        return CUDA_SUCCESS;
    });
}

CUresult cuEventDestroy_v2(CUevent event) {
    return with_context([&] { return events.destroy(event) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

long sinew_emulator_live_allocations() {
    std::lock_guard<std::mutex> lock(mutex);
    return emulated::live_allocations();
}

long sinew_emulator_live_objects() {
    std::lock_guard<std::mutex> lock(mutex);
    return modules.size() + streams.size() + events.size() + graphs.size() + execs.size();
}

long sinew_emulator_launches() {
    std::lock_guard<std::mutex> lock(mutex);
    return launches;
}

long sinew_emulator_graph_launches() {
    std::lock_guard<std::mutex> lock(mutex);
    return graph_launches;
}

void sinew_emulator_set_seed(unsigned long long seed) {
    std::lock_guard<std::mutex> lock(mutex);
    emulated::set_seed(seed);
}
