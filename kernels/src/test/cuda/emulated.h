// CUDA C's words for a compiler that knows only C++, as far as the kernels use them. What concerns one thread alone is
// here; what threads do together (barriers, shuffles, products over a warp) is in blocks.cpp, which runs them.
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __constant__ static const

// One block runs at a time, so a block's memory can be the file's. The linker script shared.ld gathers it, for the
// emulator to fill it with NaNs between blocks.
#define __shared__ static

#ifdef SINEW_EMULATED
// `__shared__ alignas(16)` is what CUDA takes, `static alignas(16)` what C++ does not.
#define alignas(bytes) __attribute__((aligned(bytes)))
#endif

struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) uint2 { unsigned x, y; };
struct uint3 { unsigned x, y, z; };
struct alignas(16) uint4 { unsigned x, y, z, w; };

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

// Threads take turns on one thread of the processor; whoever hands over sets these.
extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;
constexpr int warpSize = 32;

namespace emulated {

/// Where threads meet. Each place in the source counts as another: CUDA leaves undefined what threads do that wait at
/// different ones.
struct Place {
    const char* file;
    int line;
};

struct Argument {
    unsigned size;
    bool pointer;
};

struct Kernel {
    const char* name;
    void (*call)(void* const* values);
    const Argument* arguments;
    int count;
};

template <class Type>
Type load(const void* address) {
    Type value;
    memcpy(&value, address, sizeof value);
    return value;
}

template <auto function>
struct Entry;

/// Takes a kernel's arguments from where the driver's interface has them, one address each.
template <class... Types, void (*function)(Types...)>
struct Entry<function> {
    static_assert((std::is_trivially_copyable_v<Types> && ...), "arguments are copied byte by byte");

    static constexpr int count = sizeof...(Types);
    // One more than there are, as an array cannot be empty.
    static constexpr Argument arguments[] = {{sizeof(Types), std::is_pointer_v<Types>}..., {0, false}};

    static void call(void* const* values) { spread(values, std::index_sequence_for<Types...>()); }

    template <size_t... Indices>
    static void spread([[maybe_unused]] void* const* values, std::index_sequence<Indices...>) {
        function(load<Types>(values[Indices])...);
    }
};

void await_block(Place place);
void await_warp(unsigned mask, Place place);
uint64_t shuffle(unsigned mask, uint64_t value, int source, Place place);
void multiply_bf16(float* c, const unsigned* a, const unsigned* b, Place place);
void multiply_tf32(float* c, const unsigned* a, const unsigned* b, Place place);
inline int lane() { return static_cast<int>(threadIdx.x % 32); }

template <class Type>
__forceinline__ Type shuffled(unsigned mask, Type value, int source, int width, Place place) {
    static_assert(std::is_arithmetic_v<Type> && sizeof(Type) >= 4, "registers are shuffled whole");
    // Lanes see only their own part of the warp, `width` being a power of two; beyond its ends they get back what they
    // gave.
    int own = lane();
    bool outside = ((source ^ own) & -width) != 0;
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits = shuffle(mask, bits, outside ? own : source, place);
    memcpy(&value, &bits, sizeof value);
    return value;
}

template <class To, class From>
To bits(From value) {
    static_assert(sizeof(To) == sizeof(From), "a word for a word");
    To result;
    memcpy(&result, &value, sizeof result);
    return result;
}

}

/// Stands after a kernel's body. The linker collects these pointers, see kernels() in blocks.cpp.
#define SINEW_KERNEL(name)                                                                                    \
    static constexpr emulated::Kernel sinew_kernel_##name = {                                                 \
        #name, emulated::Entry<name>::call, emulated::Entry<name>::arguments, emulated::Entry<name>::count};  \
    __attribute__((section("sinew_kernels"), used)) static const emulated::Kernel* const sinew_entry_##name = \
        &sinew_kernel_##name

#define SINEW_PLACE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(SINEW_PLACE) { emulated::await_block({file, line}); }
inline void __syncwarp(unsigned mask = 0xffffffffu, SINEW_PLACE) { emulated::await_warp(mask, {file, line}); }
inline void __threadfence() {}

template <class Type>
__forceinline__ Type __shfl_sync(unsigned mask, Type value, int source, int width = 32, SINEW_PLACE) {
    int first = emulated::lane() & -width;
    return emulated::shuffled(mask, value, first + (source & (width - 1)), width, {file, line});
}

template <class Type>
__forceinline__ Type __shfl_xor_sync(unsigned mask, Type value, int lanes, int width = 32, SINEW_PLACE) {
    return emulated::shuffled(mask, value, emulated::lane() ^ lanes, width, {file, line});
}

template <class Type>
__forceinline__ Type __shfl_down_sync(unsigned mask, Type value, unsigned lanes, int width = 32, SINEW_PLACE) {
    return emulated::shuffled(mask, value, emulated::lane() + static_cast<int>(lanes), width, {file, line});
}

inline int atomicAdd(int* sum, int value) {
    int before = *sum;
    *sum = static_cast<int>(static_cast<unsigned>(before) + static_cast<unsigned>(value));
    return before;
}

inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __int2float_rn(int value) { return static_cast<float>(value); }
inline unsigned __float_as_uint(float value) { return emulated::bits<unsigned>(value); }
inline int __float_as_int(float value) { return emulated::bits<int>(value); }
inline float __uint_as_float(unsigned value) { return emulated::bits<float>(value); }
inline float __int_as_float(int value) { return emulated::bits<float>(value); }
inline float rsqrtf(float value) { return static_cast<float>(1 / sqrt(static_cast<double>(value))); }

// As CUDA has them: unsigned wins over signed, the wider type over the narrower, and a NaN loses against a number.
template <class A, class B>
inline auto min(A a, B b) {
    using Type = decltype(a + b);
    if constexpr (std::is_floating_point_v<Type>) return static_cast<Type>(fmin(a, b));
    else return static_cast<Type>(a) < static_cast<Type>(b) ? static_cast<Type>(a) : static_cast<Type>(b);
}

template <class A, class B>
inline auto max(A a, B b) {
    using Type = decltype(a + b);
    if constexpr (std::is_floating_point_v<Type>) return static_cast<Type>(fmax(a, b));
    else return static_cast<Type>(a) < static_cast<Type>(b) ? static_cast<Type>(b) : static_cast<Type>(a);
}

namespace emulated {

inline unsigned to_bf16(float value) {
    unsigned word = __float_as_uint(value);
    if (value != value) return 0x7fff;
    return (word + 0x7fff + (word >> 16 & 1)) >> 16;
}

}

/// Two floats as bfloat16, to nearest, ties to even: `low` in the low half of the word.
inline unsigned pack_bf16(float low, float high) {
    return emulated::to_bf16(low) | emulated::to_bf16(high) << 16;
}

/// A float in TF32's precision: 10 bits behind the point, to nearest, ties away from zero.
inline unsigned to_tf32(float value) {
    return value != value ? 0x7fffffff : (__float_as_uint(value) + 0x1000) & 0xffffe000;
}

inline void mma_bf16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2], SINEW_PLACE) {
    emulated::multiply_bf16(c, a, b, {file, line});
}

inline void mma_tf32(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2], SINEW_PLACE) {
    emulated::multiply_tf32(c, a, b, {file, line});
}
