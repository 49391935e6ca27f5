#include "blocks.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;

// The linker defines these at the ends of the sections of these names, where there are such.
extern const emulated::Kernel* const __start_sinew_kernels[] __attribute__((weak, visibility("hidden")));
extern const emulated::Kernel* const __stop_sinew_kernels[] __attribute__((weak, visibility("hidden")));
extern unsigned char __start_sinew_shared[] __attribute__((weak, visibility("hidden")));
extern unsigned char __stop_sinew_shared[] __attribute__((weak, visibility("hidden")));

#if defined(__x86_64__)

// Only what a called function has to preserve; the floating-point modes are the same in all fibers.
extern "C" __attribute__((visibility("hidden"))) void sinew_emulator_switch(void** from, void* to);
asm(R"(
    .text
    .p2align 4
    .hidden sinew_emulator_switch
    .globl sinew_emulator_switch
    .type sinew_emulator_switch, @function
sinew_emulator_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size sinew_emulator_switch, .-sinew_emulator_switch
)");

#endif

namespace emulated {
namespace {

constexpr unsigned lanes = 32;
constexpr unsigned most_threads = 1024;
constexpr size_t stack_size = 64 * 1024;

// Stacks do not all begin at the same offset within a page, as they would then contend for the same few lines of the
// cache.
constexpr size_t stagger = 320;
[[maybe_unused]] constexpr size_t smallest_stack = stack_size - (lanes - 1) * stagger;

#if defined(__x86_64__)

struct Context {
    void* stack = nullptr;

    void start(unsigned char* end, void (*entry)()) {
        // As a call leaves it: an address to return to, never used, at a multiple of 16 less 8.
        void** top = reinterpret_cast<void**>(end) - 1;
        *top = nullptr;
        *--top = reinterpret_cast<void*>(entry);
        stack = top - 6;
    }

    void hand_over(Context& other) { sinew_emulator_switch(&stack, other.stack); }
};

#else

struct Context {
    ucontext_t state;

    void start(unsigned char* end, void (*entry)()) {
        getcontext(&state);
        state.uc_stack.ss_sp = end - smallest_stack;
        state.uc_stack.ss_size = smallest_stack;
        state.uc_link = nullptr;
        makecontext(&state, entry, 0);
    }

    void hand_over(Context& other) { swapcontext(&state, &other.state); }
};

#endif

enum class Wait : unsigned char { none, ended, block, warp, shuffle, bf16, tf32 };

const char* const wait_names[] = {"wait for nothing", "have ended", "wait at __syncthreads", "wait at __syncwarp",
                                  "wait at a shuffle", "wait at mma_bf16", "wait at mma_tf32"};

/// What a lane brings to a shuffle, and takes from it.
struct Shuffle {
    uint64_t value;
    uint64_t received;
    int source;
};

struct Factors {
    float* c;
    const unsigned* a;
    const unsigned* b;
};

/// A line of the cache each.
struct alignas(64) Fiber {
    Context context;
    Wait wait;
    Place place;
    union {
        Shuffle shuffle;
        Factors factors;
    };
};

/// xorshift, good enough to deal cards.
struct Random {
    uint64_t state = 0x9e3779b97f4a7c15u;

    uint64_t next() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state;
    }

    unsigned below(unsigned limit) { return static_cast<unsigned>((next() >> 32) * limit >> 32); }
};

/// Deals out turns. Lanes of a warp become ready together, as they meet only all at once: turns go to warps, and
/// within a warp to its lanes in an order drawn anew each time.
class Turns {
public:
    void seed(uint64_t value) {
        in_order_ = value == 0;
        warp_ = 0;
        random_.state = 0x9e3779b97f4a7c15u ^ value * 0xbf58476d1ce4e5b9u;
        if (random_.state == 0) random_.state = 1;
        for (auto& order : orders_) {
            std::iota(order.begin(), order.end(), 0);
            for (unsigned i = lanes - 1; i > 0 && !in_order_; i--) std::swap(order[i], order[random_.below(i + 1)]);
        }
    }

    void restart(unsigned warps) {
        ready_ = warps == lanes ? ~0u : (1u << warps) - 1;
        position_ = lanes;
    }

    void ready(unsigned warp) { ready_ |= 1u << warp; }
    void ready_all(unsigned warps) { ready_ |= warps == lanes ? ~0u : (1u << warps) - 1; }

    /// Number of the next thread, or -1 where none can go on.
    int next() {
        if (position_ == lanes) {
            if (ready_ == 0) return -1;
            warp_ = choose();
            ready_ &= ~(1u << warp_);
            order_ = &orders_[in_order_ ? 0 : random_.next() >> 32 & (orders_.size() - 1)];
            position_ = 0;
        }
        return static_cast<int>(warp_ * lanes + (*order_)[position_++]);
    }

    /// A way through `count` blocks that leaves none out: from where and in what steps.
    void blocks(uint64_t count, uint64_t& first, uint64_t& step) {
        first = 0;
        step = 1;
        if (in_order_ || count < 3) return;
        first = random_.next() % count;
        do step = random_.next() % count;
        while (std::gcd(step, count) != 1);
    }

private:
    /// Often the same warp again, so that some run far ahead of others: that finds barriers that are missing.
    unsigned choose() {
        if (in_order_) return __builtin_ctz(ready_);
        if (ready_ >> warp_ & 1 && random_.below(4) != 0) return warp_;
        unsigned rest = ready_;
        for (unsigned i = random_.below(__builtin_popcount(ready_)); i > 0; i--) rest &= rest - 1;
        return __builtin_ctz(rest);
    }

    Random random_;
    bool in_order_ = false;
    std::array<std::array<unsigned char, lanes>, 128> orders_;
    const std::array<unsigned char, lanes>* order_ = nullptr;
    unsigned ready_ = 0;
    unsigned warp_ = 0;
    unsigned position_ = lanes;
};

/// The block that runs, and its launch. There is one at a time.
struct Block {
    const Kernel* kernel;
    void* const* values;
    unsigned threads;
    unsigned warps;
    unsigned ended;
    unsigned arrived;
    unsigned arrived_in_warp[lanes];
    Fiber* current;
    Fault fault;
};

Block block;
Turns turns;
Context home;
Fiber fibers[most_threads];
unsigned char* stacks;
size_t guard_size;

void say(const char* format, ...) {
    size_t length = strlen(block.fault.message);
    va_list list;
    va_start(list, format);
    vsnprintf(block.fault.message + length, sizeof block.fault.message - length, format, list);
    va_end(list);
}

void say_where() { say("kernel %s, block (%u, %u, %u)", block.kernel->name, blockIdx.x, blockIdx.y, blockIdx.z); }

unsigned index(const Fiber* fiber) { return static_cast<unsigned>(fiber - fibers); }

const char* base_name(const char* file) {
    const char* slash = strrchr(file, '/');
    return slash ? slash + 1 : file;
}

void say_place(Place place) {
    if (place.file) say(" (%s:%d)", base_name(place.file), place.line);
}

bool alike(const Fiber& a, const Fiber& b) {
    // One file's name may have several addresses.
    return a.wait == b.wait && a.place.line == b.place.line &&
           (a.place.file == b.place.file || (a.place.file && b.place.file && !strcmp(a.place.file, b.place.file)));
}

/// One line for each thing that threads are seen to do, with how many and the first of them.
void say_states() {
    bool told[most_threads] = {};
    for (unsigned i = 0; i < block.threads; i++) {
        if (told[i]) continue;
        unsigned count = 0;
        for (unsigned j = i; j < block.threads; j++) {
            if (!alike(fibers[i], fibers[j])) continue;
            told[j] = true;
            count++;
        }
        say("\n    %u threads, from thread %u, %s", count, i, wait_names[static_cast<int>(fibers[i].wait)]);
        say_place(fibers[i].place);
    }
}

/// Gives the block up; its fibers stay where they are until their stacks are used again.
[[noreturn]] void give_up() {
    block.current->context.hand_over(home);
    abort();
}

[[noreturn]] void diverged(const char* reason) {
    block.fault.end = End::diverged;
    say_where();
    say(": %s", reason);
    say_states();
    give_up();
}

void set_current(unsigned thread) {
    block.current = &fibers[thread];
    threadIdx.x = thread;
}

/// To the next thread that can go on; where there is none, the block is done or never will be.
void pass_turn() {
    Fiber* before = block.current;
    int next = turns.next();
    if (next < 0) {
        before->context.hand_over(home);
        abort();
    }
    set_current(next);
    if (block.current != before) before->context.hand_over(block.current->context);
}

void run_thread() {
    block.kernel->call(block.values);
    block.current->wait = Wait::ended;
    block.current->place = {};
    block.ended++;
    pass_turn();
    abort();
}

void check_alike(const Fiber* first, unsigned count) {
    for (unsigned i = 1; i < count; i++) {
        if (!alike(first[0], first[i])) diverged("threads that should meet wait at different places");
    }
}

void exchange(Fiber* warp) {
    for (unsigned i = 0; i < lanes; i++) warp[i].shuffle.received = warp[warp[i].shuffle.source].shuffle.value;
}

float from_bf16(unsigned half) { return __uint_as_float(half << 16); }
float from_tf32(unsigned word) { return __uint_as_float(word & 0xffffe000); }

/// The product of all of a warp, as matrices.
template <int depth>
struct Product {
    float a[16][depth];
    float b[depth][8];
    float c[16][8];

    void multiply() {
        for (int row = 0; row < 16; row++) {
            float sums[8] = {};
            for (int k = 0; k < depth; k++) {
                for (int column = 0; column < 8; column++) sums[column] += a[row][k] * b[k][column];
            }
            for (int column = 0; column < 8; column++) c[row][column] += sums[column];
        }
    }

    /// Lane 4 g + t has of c, which all products spread alike, (g, 2t), (g, 2t + 1) and the same 8 rows below.
    void move_c(Fiber* warp, void (*move)(float& in_matrix, float& of_lane)) {
        for (unsigned i = 0; i < lanes; i++) {
            for (unsigned j = 0; j < 4; j++) move(c[i / 4 + j / 2 * 8][i % 4 * 2 + j % 2], warp[i].factors.c[j]);
        }
    }

    void finish(Fiber* warp) {
        move_c(warp, [](float& in_matrix, float& of_lane) { in_matrix = of_lane; });
        multiply();
        move_c(warp, [](float& in_matrix, float& of_lane) { of_lane = in_matrix; });
    }
};

void multiply_bf16(Fiber* warp) {
    Product<16> product;
    for (unsigned i = 0; i < lanes; i++) {
        unsigned g = i / 4, t = i % 4;
        for (unsigned half = 0; half < 2; half++) {
            unsigned k = 2 * t + half, shift = 16 * half;
            product.a[g][k] = from_bf16(warp[i].factors.a[0] >> shift & 0xffff);
            product.a[g + 8][k] = from_bf16(warp[i].factors.a[1] >> shift & 0xffff);
            product.a[g][k + 8] = from_bf16(warp[i].factors.a[2] >> shift & 0xffff);
            product.a[g + 8][k + 8] = from_bf16(warp[i].factors.a[3] >> shift & 0xffff);
            product.b[k][g] = from_bf16(warp[i].factors.b[0] >> shift & 0xffff);
            product.b[k + 8][g] = from_bf16(warp[i].factors.b[1] >> shift & 0xffff);
        }
    }
    product.finish(warp);
}

void multiply_tf32(Fiber* warp) {
    Product<8> product;
    for (unsigned i = 0; i < lanes; i++) {
        unsigned g = i / 4, t = i % 4;
        product.a[g][t] = from_tf32(warp[i].factors.a[0]);
        product.a[g + 8][t] = from_tf32(warp[i].factors.a[1]);
        product.a[g][t + 4] = from_tf32(warp[i].factors.a[2]);
        product.a[g + 8][t + 4] = from_tf32(warp[i].factors.a[3]);
        product.b[t][g] = from_tf32(warp[i].factors.b[0]);
        product.b[t + 4][g] = from_tf32(warp[i].factors.b[1]);
    }
    product.finish(warp);
}

/// The lane that comes last does the work of all.
void meet(Fiber* warp) {
    check_alike(warp, lanes);
    switch (warp->wait) {
        case Wait::shuffle: exchange(warp); break;
        case Wait::bf16: multiply_bf16(warp); break;
        case Wait::tf32: multiply_tf32(warp); break;
        default: break;
    }
}

void await_lanes(Fiber& self, Wait wait, Place place) {
    self.wait = wait;
    self.place = place;
    unsigned warp = threadIdx.x / lanes;
    if (++block.arrived_in_warp[warp] == lanes) {
        block.arrived_in_warp[warp] = 0;
        meet(&fibers[warp * lanes]);
        turns.ready(warp);
    }
    pass_turn();
}

void check_mask(unsigned mask) {
    if (mask != 0xffffffffu) diverged("a mask that does not name all lanes");
}

// Shared memory: which parts of it a kernel uses is found by looking for what it has changed.

constexpr size_t sector = 256;
std::unordered_map<const Kernel*, std::vector<size_t>> used_sectors;

size_t shared_size() { return __start_sinew_shared ? __stop_sinew_shared - __start_sinew_shared : 0; }

void poison_sector(size_t start) {
    memset(__start_sinew_shared + start, 0xff, std::min(sector, shared_size() - start));
}

bool poisoned(size_t start) {
    const unsigned char* bytes = __start_sinew_shared + start;
    size_t size = std::min(sector, shared_size() - start);
    uint64_t all = ~0ull;
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        all &= word;
    }
    for (size_t i = size & ~size_t(7); i < size; i++) all &= ~0xffull | bytes[i];
    return all == ~0ull;
}

void poison_changed(std::vector<size_t>& used) {
    for (size_t start = 0; start < shared_size(); start += sector) {
        if (poisoned(start)) continue;
        used.push_back(start);
        poison_sector(start);
    }
}

// Traps: while a kernel runs, what it does wrong ends the launch and not the process.

constexpr int trapped_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
constexpr int trapped_count = sizeof trapped_signals / sizeof *trapped_signals;

struct Traps {
    sigjmp_buf back;
    volatile sig_atomic_t armed = 0;
    pthread_t thread;
    struct sigaction before[trapped_count];
    stack_t stack_before;
    int signal = 0;
    void* address = nullptr;
    void* code = nullptr;
};

Traps traps;
unsigned char* signal_stack;

void* code_of(void* context) {
#if defined(__x86_64__)
    return reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
    return reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.pc);
#else
    return nullptr;
#endif
}

/// Other threads of a virtual machine fault as a matter of course, and it has its own handlers for that.
void pass_on(int signal, siginfo_t* info, void* context) {
    int i = 0;
    while (trapped_signals[i] != signal) i++;
    const struct sigaction& before = traps.before[i];
    if (before.sa_flags & SA_SIGINFO) before.sa_sigaction(signal, info, context);
    else if (before.sa_handler == SIG_DFL) sigaction(signal, &before, nullptr);
    else if (before.sa_handler != SIG_IGN) before.sa_handler(signal);
}

void on_signal(int signal, siginfo_t* info, void* context) {
    if (!traps.armed || !pthread_equal(traps.thread, pthread_self())) {
        pass_on(signal, info, context);
        return;
    }
    traps.armed = 0;
    traps.signal = signal;
    traps.address = info->si_addr;
    traps.code = code_of(context);
    siglongjmp(traps.back, 1);
}

void arm() {
    traps.thread = pthread_self();
    stack_t own = {};
    own.ss_sp = signal_stack;
    own.ss_size = stack_size;
    sigaltstack(&own, &traps.stack_before);
    for (int i = 0; i < trapped_count; i++) {
        struct sigaction action = {};
        sigaction(trapped_signals[i], nullptr, &action);
        traps.before[i] = action;
        action.sa_sigaction = on_signal;
        action.sa_flags = (action.sa_flags | SA_SIGINFO | SA_ONSTACK) & ~static_cast<int>(SA_RESETHAND);
        sigaction(trapped_signals[i], &action, nullptr);
    }
    traps.armed = 1;
}

void disarm() {
    traps.armed = 0;
    for (int i = 0; i < trapped_count; i++) sigaction(trapped_signals[i], &traps.before[i], nullptr);
    // The kernel refuses to hear of a size along with "none".
    if (traps.stack_before.ss_flags & SS_DISABLE) traps.stack_before.ss_size = stack_size;
    sigaltstack(&traps.stack_before, nullptr);
}

void say_code() {
    Dl_info info;
    if (!traps.code || !dladdr(traps.code, &info)) return;
    unsigned long offset = static_cast<char*>(traps.code) - static_cast<char*>(info.dli_fbase);
    say("\n    by the instruction that `addr2line -fie %s 0x%lx` shows", info.dli_fname, offset);
}

/// What a trap's signal means: the compiler puts illegal instructions where its checks fail.
void trapped() {
    bool instruction = traps.signal == SIGILL || traps.signal == SIGFPE;
    block.fault.end = instruction ? End::bad_instruction : End::bad_access;
    say_where();
    say(", thread %u: ", index(block.current));
    const unsigned char* address = static_cast<const unsigned char*>(traps.address);
    if (traps.signal == SIGFPE) {
        say("division by zero");
    } else if (instruction) {
        say("misaligned access, or an index beyond its array");
    } else if (address >= stacks && address < stacks + most_threads * (stack_size + guard_size)) {
        say("its variables need more than %zu bytes", stack_size);
    } else {
        block.fault.address = traps.address;
        say("bad access to %p", traps.address);
    }
    say_code();
}

unsigned char* map(size_t size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("sinew emulator: no memory for stacks");
        abort();
    }
    return static_cast<unsigned char*>(memory);
}

/// Enough for a frame not to step over it; and an odd number of pages from stack to stack, as otherwise all would
/// contend for the same few entries of the cache of translations, which makes a turn three times as long.
size_t choose_guard() {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_t guard = std::max(page, size_t(16 * 1024));
    return (stack_size + guard) / page % 2 == 0 ? guard + page : guard;
}

void map_stacks() {
    if (stacks) return;
    guard_size = choose_guard();
    stacks = map(most_threads * (stack_size + guard_size));
    for (unsigned i = 0; i < most_threads; i++) {
        mprotect(stacks + i * (stack_size + guard_size), guard_size, PROT_NONE);
    }
    signal_stack = map(stack_size);
}

unsigned char* stack_end(unsigned thread) {
    return stacks + (thread + 1) * (stack_size + guard_size) - thread % lanes * stagger;
}

void run_block() {
    block.ended = 0;
    block.arrived = 0;
    memset(block.arrived_in_warp, 0, sizeof block.arrived_in_warp);
    for (unsigned i = 0; i < block.threads; i++) {
        fibers[i].context.start(stack_end(i), run_thread);
        fibers[i].wait = Wait::none;
        fibers[i].place = {};
    }
    turns.restart(block.warps);
    set_current(turns.next());
    home.hand_over(block.current->context);
    if (block.fault.end == End::completed && block.ended != block.threads) {
        block.fault.end = End::diverged;
        say_where();
        say(": threads wait for others that never come");
        say_states();
    }
}

void run_blocks() {
    std::vector<size_t>& used = used_sectors[block.kernel];
    uint64_t count = uint64_t(gridDim.x) * gridDim.y * gridDim.z;
    uint64_t at, step;
    turns.blocks(count, at, step);
    for (uint64_t i = 0; i < count && block.fault.end == End::completed; i++, at = (at + step) % count) {
        blockIdx.x = at % gridDim.x;
        blockIdx.y = at / gridDim.x % gridDim.y;
        blockIdx.z = at / gridDim.x / gridDim.y;
        run_block();
        for (size_t start : used) poison_sector(start);
        if (i == 0 || i + 1 == count) poison_changed(used);
    }
}

}

std::vector<const Kernel*> kernels() {
    if (!__start_sinew_kernels) return {};
    return {__start_sinew_kernels, __stop_sinew_kernels};
}

void poison_shared() {
    if (shared_size() > 0) memset(__start_sinew_shared, 0xff, shared_size());
}

void set_seed(uint64_t seed) { turns.seed(seed); }

Fault run(const Kernel& kernel, dim3 grid, unsigned threads, void* const* values) {
    map_stacks();
    block.kernel = &kernel;
    block.values = values;
    block.threads = threads;
    block.warps = threads / lanes;
    block.fault = Fault();
    blockDim = dim3(threads);
    gridDim = grid;
    threadIdx = {};
    arm();
    if (sigsetjmp(traps.back, 1) == 0) run_blocks();
    else trapped();
    disarm();
    if (block.fault.end != End::completed) poison_shared();
    return block.fault;
}

void await_block(Place place) {
    Fiber& self = *block.current;
    self.wait = Wait::block;
    self.place = place;
    if (++block.arrived == block.threads) {
        block.arrived = 0;
        check_alike(fibers, block.threads);
        turns.ready_all(block.warps);
    }
    pass_turn();
}

void await_warp(unsigned mask, Place place) {
    check_mask(mask);
    await_lanes(*block.current, Wait::warp, place);
}

uint64_t shuffle(unsigned mask, uint64_t value, int source, Place place) {
    check_mask(mask);
    Fiber& self = *block.current;
    self.shuffle = {value, 0, source};
    await_lanes(self, Wait::shuffle, place);
    return self.shuffle.received;
}

static void multiply(Wait wait, float* c, const unsigned* a, const unsigned* b, Place place) {
    Fiber& self = *block.current;
    self.factors = {c, a, b};
    await_lanes(self, wait, place);
}

void multiply_bf16(float* c, const unsigned* a, const unsigned* b, Place place) {
    multiply(Wait::bf16, c, a, b, place);
}

void multiply_tf32(float* c, const unsigned* a, const unsigned* b, Place place) {
    multiply(Wait::tf32, c, a, b, place);
}

}
