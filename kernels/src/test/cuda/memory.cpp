#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <deque>
#include <map>

namespace emulated {
namespace {

struct Allocation {
    size_t size;
    unsigned char* mapping;
    size_t mapped;
};

using Allocations = std::map<uintptr_t, Allocation>;

// So that an address that was freed stays forbidden for a while.
constexpr size_t most_freed = 256;

Allocations allocations;
Allocations host_allocations;
std::deque<std::pair<uintptr_t, Allocation>> freed;
long live;
size_t bytes;

size_t page() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }
size_t round_up(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

const Allocations::value_type* find(const Allocations& allocations, uintptr_t address) {
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin()) return nullptr;
    return &*--next;
}

/// Up to and with its end, where an array without elements may stand.
bool touches(const Allocations& allocations, uintptr_t address) {
    auto found = find(allocations, address);
    return found && address - found->first <= found->second.size;
}

bool filled(const unsigned char* from, const unsigned char* to) {
    for (; from < to; from++) {
        if (*from != 0xff) return false;
    }
    return true;
}

bool intact(uintptr_t start, const Allocation& allocation) {
    auto begin = reinterpret_cast<const unsigned char*>(start);
    const unsigned char* end = allocation.mapping + allocation.mapped - page();
    return filled(allocation.mapping + page(), begin) && filled(begin + allocation.size, end);
}

void forbid(uintptr_t start, const Allocation& allocation) {
    // Mapped anew to give its memory back.
    mmap(allocation.mapping, allocation.mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
         0);
    freed.emplace_back(start, allocation);
    if (freed.size() <= most_freed) return;
    munmap(freed.front().second.mapping, freed.front().second.mapped);
    freed.pop_front();
}

std::string number(size_t value) { return std::to_string(value); }

std::string beside(uintptr_t address, uintptr_t start, const Allocation& allocation, const char* kind) {
    std::string of = std::string(" of ") + kind + " of " + number(allocation.size) + " bytes";
    if (address < start) return number(start - address) + " bytes before the start" + of;
    if (address < start + allocation.size) return "byte " + number(address - start) + of;
    return number(address - start - allocation.size) + " bytes past the end" + of;
}

bool in_mapping(uintptr_t address, const Allocation& allocation) {
    auto mapping = reinterpret_cast<uintptr_t>(allocation.mapping);
    return address >= mapping && address < mapping + allocation.mapped;
}

}

uintptr_t allocate(size_t size) {
    size_t inner = round_up(size, page());
    if (inner < size) return 0;
    size_t mapped = inner + 2 * page();
    void* mapping = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return 0;
    auto first = static_cast<unsigned char*>(mapping) + page();
    if (mprotect(first, inner, PROT_READ | PROT_WRITE) != 0) {
        munmap(mapping, mapped);
        return 0;
    }
    memset(first, 0xff, inner);
    auto start = reinterpret_cast<uintptr_t>(first + inner - round_up(size, 16));
    allocations[start] = {size, static_cast<unsigned char*>(mapping), mapped};
    live++;
    bytes += size;
    return start;
}

Freed release(uintptr_t start) {
    auto found = allocations.find(start);
    if (found == allocations.end()) return Freed::unknown;
    bool whole = intact(start, found->second);
    forbid(start, found->second);
    bytes -= found->second.size;
    live--;
    allocations.erase(found);
    return whole ? Freed::done : Freed::damaged;
}

void release_all() {
    long leaked = live;
    while (!allocations.empty()) release(allocations.begin()->first);
    while (!host_allocations.empty()) release_host(host_allocations.begin()->first);
    live = leaked;
}

uintptr_t allocate_host(size_t size) {
    void* memory = nullptr;
    if (posix_memalign(&memory, page(), size) != 0) return 0;
    memset(memory, 0xff, size);
    host_allocations[reinterpret_cast<uintptr_t>(memory)] = {size, nullptr, 0};
    return reinterpret_cast<uintptr_t>(memory);
}

bool release_host(uintptr_t start) {
    if (host_allocations.erase(start) == 0) return false;
    free(reinterpret_cast<void*>(start));
    return true;
}

bool on_device(uintptr_t start, size_t size) {
    auto found = find(allocations, start);
    if (!found) return false;
    size_t offset = start - found->first;
    return offset <= found->second.size && size <= found->second.size - offset;
}

bool reachable(uintptr_t address) {
    return address == 0 || touches(allocations, address) || touches(host_allocations, address);
}

std::string where(uintptr_t address) {
    for (const auto& [start, allocation] : allocations) {
        if (in_mapping(address, allocation)) return beside(address, start, allocation, "an allocation");
    }
    for (auto last = freed.rbegin(); last != freed.rend(); ++last) {
        if (in_mapping(address, last->second)) {
            return beside(address, last->first, last->second, "a freed allocation");
        }
    }
    return "in no allocation";
}

long live_allocations() { return live; }

size_t allocated_bytes() { return bytes; }

}
