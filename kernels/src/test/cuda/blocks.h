// Runs kernels: one block after the other, a block's threads as fibers that take turns.
#pragma once

#include "emulated.h"

#include <vector>

namespace emulated {

enum class End { completed, diverged, bad_access, bad_instruction };

struct Fault {
    End end = End::completed;
    /// Of a bad access to what may be the device's memory.
    const void* address = nullptr;
    /// What went wrong and where, for a person to read.
    char message[1024] = "";
};

/// All kernels that were linked in.
std::vector<const Kernel*> kernels();

/// Fills all shared memory with NaNs, the state in which each block finds it.
void poison_shared();

/// The order of threads follows from it; with 0 they run in order as far as barriers let them.
void set_seed(uint64_t seed);

/// Runs all blocks on the calling thread, `threads` in each (a multiple of 32, at most 1024). Not for two at a time.
Fault run(const Kernel& kernel, dim3 grid, unsigned threads, void* const* values);

}
