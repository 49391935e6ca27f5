// The part of CUDA's driver interface that the emulator has, declared anew, as there are no CUDA headers here.
#pragma once

#include <stddef.h>

using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = struct Context*;
using CUmodule = struct Module*;
using CUfunction = struct KernelOfModule*;
using CUstream = struct Stream*;
using CUevent = struct Event*;
using CUgraph = struct Graph*;
using CUgraphExec = struct GraphExec*;

enum CUresult {
    CUDA_SUCCESS = 0,
    CUDA_ERROR_INVALID_VALUE = 1,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_NOT_INITIALIZED = 3,
    CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_INVALID_DEVICE = 101,
    CUDA_ERROR_INVALID_IMAGE = 200,
    CUDA_ERROR_INVALID_CONTEXT = 201,
    CUDA_ERROR_INVALID_HANDLE = 400,
    CUDA_ERROR_ILLEGAL_STATE = 401,
    CUDA_ERROR_NOT_FOUND = 500,
    CUDA_ERROR_NOT_READY = 600,
    CUDA_ERROR_ILLEGAL_ADDRESS = 700,
    CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
    CUDA_ERROR_ILLEGAL_INSTRUCTION = 715,
    CUDA_ERROR_LAUNCH_FAILED = 719,
    CUDA_ERROR_NOT_SUPPORTED = 801,
    CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
    CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901,
    CUDA_ERROR_STREAM_CAPTURE_IMPLICIT = 906,
    CUDA_ERROR_CAPTURED_EVENT = 907,
    CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD = 908,
};

enum CUstreamCaptureMode { CAPTURE_GLOBAL = 0, CAPTURE_THREAD_LOCAL = 1, CAPTURE_RELAXED = 2 };
enum CUstreamCaptureStatus { CAPTURE_NONE = 0, CAPTURE_ACTIVE = 1, CAPTURE_INVALIDATED = 2 };
enum { CU_STREAM_NON_BLOCKING = 1 };
enum { CU_EVENT_DISABLE_TIMING = 2 };

#define SINEW_API extern "C" __attribute__((visibility("default")))

SINEW_API CUresult cuInit(unsigned flags);
SINEW_API CUresult cuDriverGetVersion(int* version);
SINEW_API CUresult cuGetErrorName(int error, const char** text);
SINEW_API CUresult cuGetErrorString(int error, const char** text);

SINEW_API CUresult cuDeviceGetCount(int* count);
SINEW_API CUresult cuDeviceGet(CUdevice* device, int ordinal);
SINEW_API CUresult cuDeviceGetName(char* name, int size, CUdevice device);
SINEW_API CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device);
SINEW_API CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device);
SINEW_API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device);
SINEW_API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device);
SINEW_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device);
SINEW_API CUresult cuDevicePrimaryCtxReset_v2(CUdevice device);

SINEW_API CUresult cuCtxSetCurrent(CUcontext context);
SINEW_API CUresult cuCtxGetCurrent(CUcontext* context);
SINEW_API CUresult cuCtxSynchronize();

SINEW_API CUresult cuModuleLoadData(CUmodule* module, const void* image);
SINEW_API CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned count, int* options, void** values);
SINEW_API CUresult cuModuleUnload(CUmodule module);
SINEW_API CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name);
SINEW_API CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction function);
SINEW_API CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value);

SINEW_API CUresult cuMemGetInfo_v2(size_t* free, size_t* total);
SINEW_API CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t size);
SINEW_API CUresult cuMemFree_v2(CUdeviceptr pointer);
SINEW_API CUresult cuMemAllocHost_v2(void** pointer, size_t size);
SINEW_API CUresult cuMemHostAlloc(void** pointer, size_t size, unsigned flags);
SINEW_API CUresult cuMemFreeHost(void* pointer);
SINEW_API CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t size);
SINEW_API CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t size);
SINEW_API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t size);
SINEW_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t size, CUstream stream);
SINEW_API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t size, CUstream stream);
SINEW_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream);
SINEW_API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count);
SINEW_API CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count);
SINEW_API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream);
SINEW_API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream);

SINEW_API CUresult cuStreamCreate(CUstream* stream, unsigned flags);
SINEW_API CUresult cuStreamDestroy_v2(CUstream stream);
SINEW_API CUresult cuStreamSynchronize(CUstream stream);
SINEW_API CUresult cuStreamQuery(CUstream stream);
SINEW_API CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags);
SINEW_API CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode);
SINEW_API CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph);
SINEW_API CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus* status);
SINEW_API CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode);

SINEW_API CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long flags);
SINEW_API CUresult cuGraphUpload(CUgraphExec exec, CUstream stream);
SINEW_API CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream);
SINEW_API CUresult cuGraphExecDestroy(CUgraphExec exec);
SINEW_API CUresult cuGraphDestroy(CUgraph graph);

SINEW_API CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                  unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                                  CUstream stream, void** arguments, void** extra);

SINEW_API CUresult cuEventCreate(CUevent* event, unsigned flags);
SINEW_API CUresult cuEventRecord(CUevent event, CUstream stream);
SINEW_API CUresult cuEventQuery(CUevent event);
SINEW_API CUresult cuEventSynchronize(CUevent event);
SINEW_API CUresult cuEventElapsedTime(float* milliseconds, CUevent from, CUevent to);
SINEW_API CUresult cuEventDestroy_v2(CUevent event);

// For tests, beside the driver's own interface.

/// Of the device's memory, of all that was ever allocated less what cuMemFree has taken back.
SINEW_API long sinew_emulator_live_allocations();

/// Modules, streams, events, graphs and their instances that nobody has destroyed.
SINEW_API long sinew_emulator_live_objects();

/// Kernels run, those of graphs among them.
SINEW_API long sinew_emulator_launches();

SINEW_API long sinew_emulator_graph_launches();

/// As the environment's SINEW_EMULATOR_SEED, which is read by cuInit.
SINEW_API void sinew_emulator_set_seed(unsigned long long seed);
