// The device's memory: each allocation between pages that nothing may touch.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <string>

namespace emulated {

/// Filled with 0xff, NaNs as floats. The end lies before a forbidden page to 16 bytes; the start is at a multiple of
/// 16, of 256 where the size is one. 0 where there is no memory.
uintptr_t allocate(size_t size);

enum class Freed { done, unknown, damaged };

/// `damaged`: freed, but something has written beside it.
Freed release(uintptr_t start);

/// Frees everything, as the end of a context does; live_allocations() goes on counting what was left.
void release_all();

uintptr_t allocate_host(size_t size);
bool release_host(uintptr_t start);

/// Whether all of it lies in one live allocation of the device.
bool on_device(uintptr_t start, size_t size);

/// Whether a kernel may be given this address: one of the device's memory, one of the host's memory that the driver
/// allocated, or null.
bool reachable(uintptr_t address);

/// Where an address lies, for a person to read.
std::string where(uintptr_t address);

/// Allocations less those that were freed by name.
long live_allocations();

size_t allocated_bytes();

}
