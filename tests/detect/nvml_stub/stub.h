/* A stand-in for libnvidia-ml.so.1: what the scenario says, and what goes wrong in it.
 *
 * scenario.c reads the file and decides whether a call fails, hangs or crashes; calls.c answers.
 * NVML_STUB_SCENARIO names the file, read again at each nvmlInit; NVML_STUB_LOG a file that gets
 * a line "call card" for each call (card is - for calls about no card).
 */
#ifndef MOEPLANNER_NVML_STUB_H
#define MOEPLANNER_NVML_STUB_H

#include <stdint.h>

enum { MAX_CARDS = 16, MAX_INSTANCES = 8, MAX_PROCESSES = 32, MAX_LINKS = 36, MAX_FAULTS = 64 };
enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6,
       INSUFFICIENT_SIZE = 7, LOST = 15, WRONG_VERSION = 25 };

/* The first member of what a handle points to: a card, or a slice of one. */
struct device { struct card *card; int instance; };

struct instance {
    struct device device;
    char name[256];
    uint64_t memory, used;
};

struct process { unsigned pid; uint64_t used; int graphics; char name[256]; };

struct card {
    struct device device;
    int index;
    char name[256];
    unsigned domain, bus, slot, pci_id, subsystem_id;
    uint64_t total, reserved, used;
    int bus_bits, memory_clock, cores;
    int ecc, mig, numa;             /* -1: not supported */
    unsigned power[4], power_now;   /* limit, default, least, most; milliwatts, 0: not supported */
    unsigned pcie[4];               /* generation and width now, generation and width at most */
    int capability[2], display[2], utilization[2];
    int temperature, virtual_mode, brand, architecture;
    struct instance instances[MAX_INSTANCES];
    int n_instances;
    struct process processes[MAX_PROCESSES];
    int n_processes;
    int link_peer[MAX_LINKS];       /* a card, -1: a switch, -2: inactive */
    int link_version[MAX_LINKS];
    int n_links, link_mbps;
    int calls, lost_after;          /* lost_after -1: never */
};

struct scenario {
    char driver[80], library[80], rubbish[512];
    int cuda, topology;
    unsigned claimed;               /* what nvmlDeviceGetCount answers */
    struct card cards[MAX_CARDS];
    int n_cards;
    int ready;
};

extern struct scenario scenario;

void read_scenario(void);

/* Log the call and let happen what the scenario has for it. Returns an NVML code. */
int enter(const char *call, struct device *device);

#endif
