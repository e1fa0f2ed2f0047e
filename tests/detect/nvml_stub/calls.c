/* The entry points, with the names and structures of the real library's ABI. */
#include <stdio.h>
#include <string.h>

#include "stub.h"

typedef struct device *Handle;
#define CARD (device->card)
#define ENTER(device) do { int code = enter(__func__, device); if (code) return code; \
                           if (!scenario.ready) return UNINITIALIZED; } while (0)

static int put(char *to, unsigned size, const char *text) {
    if (strlen(text) + 1 > size)
        return INSUFFICIENT_SIZE;
    memcpy(to, text, strlen(text) + 1);
    return OK;
}

/* A call with one number about a card; one that the card does not have is "not supported". */
#define NUMBER(call, type, value, has) \
    int call(Handle device, type *out) { \
        ENTER(device); \
        if (!(has)) return NOT_SUPPORTED; \
        *out = (type)(value); \
        return OK; \
    }
#define TEXT(call, text) \
    int call(Handle device, char *out, unsigned size) { \
        ENTER(device); \
        return put(out, size, text); \
    }

static int begin(const char *call) {
    read_scenario();
    int code = enter(call, 0);
    scenario.ready = code == OK;
    return code;
}
int nvmlInitWithFlags(unsigned flags) { (void)flags; return begin(__func__); }
int nvmlInit_v2(void) { return begin(__func__); }
int nvmlInit(void) { return begin(__func__); }
int nvmlShutdown(void) { ENTER(0); scenario.ready = 0; return OK; }

/* Not a call: what the library does while the process that loaded it ends. */
__attribute__((destructor)) static void at_exit(void) { enter(__func__, 0); }

const char *nvmlErrorString(int code) {
    static char text[64];
    if (enter(__func__, 0))
        return 0;
    snprintf(text, sizeof text, "the stub's error %d", code);
    return text;
}
int nvmlSystemGetDriverVersion(char *out, unsigned size) { ENTER(0); return put(out, size, scenario.driver); }
int nvmlSystemGetNVMLVersion(char *out, unsigned size) { ENTER(0); return put(out, size, scenario.library); }
int nvmlSystemGetCudaDriverVersion(int *out) { ENTER(0); *out = scenario.cuda; return OK; }
int nvmlSystemGetCudaDriverVersion_v2(int *out) { ENTER(0); *out = scenario.cuda; return OK; }
int nvmlSystemGetProcessName(unsigned pid, char *out, unsigned size) {
    ENTER(0);
    for (int i = 0; i < scenario.n_cards; i++)
        for (int k = 0; k < scenario.cards[i].n_processes; k++)
            if (scenario.cards[i].processes[k].pid == pid)
                return put(out, size, scenario.cards[i].processes[k].name);
    return NOT_FOUND;
}
int nvmlDeviceGetCount(unsigned *out) { ENTER(0); *out = scenario.claimed; return OK; }
int nvmlDeviceGetCount_v2(unsigned *out) { ENTER(0); *out = scenario.claimed; return OK; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, Handle *out) {
    int n = scenario.n_cards;
    /* Faults may be meant for one card, also here where there is no handle yet. */
    int code = enter(__func__, index < (unsigned)n ? &scenario.cards[index].device : 0);
    if (code) return code;
    if (!scenario.ready) return UNINITIALIZED;
    if (index >= (unsigned)n) return INVALID;
    *out = &scenario.cards[index].device;
    return OK;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char *address, Handle *out) {
    unsigned domain = 0, bus = 0, slot = 0;
    ENTER(0);
    sscanf(address, "%x:%x:%x", &domain, &bus, &slot);
    for (int i = 0; i < scenario.n_cards; i++)
        if (scenario.cards[i].domain == domain && scenario.cards[i].bus == bus) {
            *out = &scenario.cards[i].device;
            return OK;
        }
    return NOT_FOUND;
}

int nvmlDeviceGetName(Handle device, char *out, unsigned size) {
    ENTER(device);
    return put(out, size, device->instance < 0 ? CARD->name : CARD->instances[device->instance].name);
}
TEXT(nvmlDeviceGetUUID, "GPU-00000000-1111-2222-3333-444444444444")
TEXT(nvmlDeviceGetSerial, "1234567890123")
TEXT(nvmlDeviceGetBoardPartNumber, "900-00000-0000-000")
TEXT(nvmlDeviceGetVbiosVersion, "94.02.26.08.1C")
NUMBER(nvmlDeviceGetIndex, unsigned, CARD->index, 1)
NUMBER(nvmlDeviceGetMinorNumber, unsigned, CARD->index, 1)
NUMBER(nvmlDeviceGetBrand, unsigned, CARD->brand, 1)
NUMBER(nvmlDeviceGetArchitecture, unsigned, CARD->architecture, 1)
NUMBER(nvmlDeviceGetBusType, unsigned, 2, 1)
NUMBER(nvmlDeviceGetMemoryBusWidth, unsigned, CARD->bus_bits, CARD->bus_bits)
NUMBER(nvmlDeviceGetNumGpuCores, unsigned, CARD->cores, CARD->cores)
NUMBER(nvmlDeviceGetPowerManagementLimit, unsigned, CARD->power[0], CARD->power[0])
NUMBER(nvmlDeviceGetEnforcedPowerLimit, unsigned, CARD->power[0], CARD->power[0])
NUMBER(nvmlDeviceGetPowerManagementDefaultLimit, unsigned, CARD->power[1], CARD->power[1])
NUMBER(nvmlDeviceGetPowerUsage, unsigned, CARD->power_now, CARD->power_now)
NUMBER(nvmlDeviceGetCurrPcieLinkGeneration, unsigned, CARD->pcie[0], CARD->pcie[0])
NUMBER(nvmlDeviceGetCurrPcieLinkWidth, unsigned, CARD->pcie[1], CARD->pcie[1])
NUMBER(nvmlDeviceGetMaxPcieLinkGeneration, unsigned, CARD->pcie[2], CARD->pcie[2])
NUMBER(nvmlDeviceGetMaxPcieLinkWidth, unsigned, CARD->pcie[3], CARD->pcie[3])
NUMBER(nvmlDeviceGetGpuMaxPcieLinkGeneration, unsigned, CARD->pcie[2], CARD->pcie[2])
NUMBER(nvmlDeviceGetDisplayMode, unsigned, CARD->display[0], 1)
NUMBER(nvmlDeviceGetDisplayActive, unsigned, CARD->display[1], 1)
NUMBER(nvmlDeviceGetPersistenceMode, unsigned, 0, 1)
NUMBER(nvmlDeviceGetComputeMode, unsigned, 0, 1)
NUMBER(nvmlDeviceGetPerformanceState, unsigned, 8, 1)
NUMBER(nvmlDeviceGetVirtualizationMode, unsigned, CARD->virtual_mode, 1)
NUMBER(nvmlDeviceGetNumaNodeId, unsigned, CARD->numa, CARD->numa >= 0)
NUMBER(nvmlDeviceGetMaxMigDeviceCount, unsigned, 7, 1)
NUMBER(nvmlDeviceIsMigDeviceHandle, unsigned, device->instance >= 0, 1)
NUMBER(nvmlDeviceGetGpuInstanceId, unsigned, device->instance + 1, device->instance >= 0)
NUMBER(nvmlDeviceGetComputeInstanceId, unsigned, 0, device->instance >= 0)

int nvmlDeviceGetPowerManagementLimitConstraints(Handle device, unsigned *least, unsigned *most) {
    ENTER(device);
    if (!CARD->power[3]) return NOT_SUPPORTED;
    *least = CARD->power[2], *most = CARD->power[3];
    return OK;
}
int nvmlDeviceGetCudaComputeCapability(Handle device, int *major, int *minor) {
    ENTER(device);
    *major = CARD->capability[0], *minor = CARD->capability[1];
    return OK;
}
int nvmlDeviceGetEccMode(Handle device, unsigned *now, unsigned *pending) {
    ENTER(device);
    if (CARD->ecc < 0) return NOT_SUPPORTED;
    *now = *pending = (unsigned)CARD->ecc;
    return OK;
}
int nvmlDeviceGetMigMode(Handle device, unsigned *now, unsigned *pending) {
    ENTER(device);
    if (CARD->mig < 0) return NOT_SUPPORTED;
    *now = *pending = (unsigned)CARD->mig;
    return OK;
}
static int clock_of(Handle device, int kind, unsigned *out) {
    if (!CARD->memory_clock) return NOT_SUPPORTED;
    *out = kind == 2 ? (unsigned)CARD->memory_clock : 1695;
    return OK;
}
int nvmlDeviceGetMaxClockInfo(Handle device, int kind, unsigned *out) { ENTER(device); return clock_of(device, kind, out); }
int nvmlDeviceGetClockInfo(Handle device, int kind, unsigned *out) { ENTER(device); return clock_of(device, kind, out); }
int nvmlDeviceGetTemperature(Handle device, int sensor, unsigned *out) {
    ENTER(device);
    *out = (unsigned)CARD->temperature;
    return sensor ? INVALID : OK;
}
struct temperature { unsigned version; int sensor, temperature; };
int nvmlDeviceGetTemperatureV(Handle device, struct temperature *out) {
    ENTER(device);
    if (out->version != 0x0100000C) return WRONG_VERSION;
    out->temperature = CARD->temperature;
    return OK;
}
int nvmlDeviceGetUtilizationRates(Handle device, unsigned *out) {
    ENTER(device);
    if (CARD->mig == 1) return NOT_SUPPORTED;
    out[0] = (unsigned)CARD->utilization[0], out[1] = (unsigned)CARD->utilization[1];
    return OK;
}

struct pci {
    char legacy[16];
    unsigned domain, bus, slot, pci_id, subsystem_id;
    char address[32];
};
static void fill_pci(struct pci *out, const struct card *card) {
    memset(out, 0, sizeof *out);
    out->domain = card->domain, out->bus = card->bus, out->slot = card->slot;
    out->pci_id = card->pci_id, out->subsystem_id = card->subsystem_id;
    snprintf(out->legacy, sizeof out->legacy, "%04X:%02X:%02X.0", card->domain & 0xffff,
             card->bus & 0xff, card->slot & 0xff);
    snprintf(out->address, sizeof out->address, "%08X:%02X:%02X.0", card->domain, card->bus & 0xff,
             card->slot & 0xff);
}
int nvmlDeviceGetPciInfo_v3(Handle device, struct pci *out) { ENTER(device); fill_pci(out, CARD); return OK; }

struct memory { uint64_t total, free, used; };
struct memory_v2 { unsigned version; uint64_t total, reserved, free, used; };
static void fill_memory(Handle device, struct memory_v2 *out) {
    if (device->instance >= 0) {
        out->total = CARD->instances[device->instance].memory;
        out->used = CARD->instances[device->instance].used, out->reserved = 0;
    } else {
        out->total = CARD->total, out->reserved = CARD->reserved, out->used = CARD->used;
    }
    out->free = out->total - out->reserved - out->used;
}
int nvmlDeviceGetMemoryInfo(Handle device, struct memory *out) {
    struct memory_v2 memory;
    ENTER(device);
    fill_memory(device, &memory);
    /* The first version counts what the driver reserves as used. */
    out->total = memory.total, out->free = memory.free, out->used = memory.used + memory.reserved;
    return memory.total ? OK : NOT_SUPPORTED;
}
int nvmlDeviceGetMemoryInfo_v2(Handle device, struct memory_v2 *out) {
    ENTER(device);
    if (out->version != 0x02000028) return WRONG_VERSION;
    fill_memory(device, out);
    return out->total ? OK : NOT_SUPPORTED;
}
int nvmlDeviceGetBAR1MemoryInfo(Handle device, struct memory *out) {
    ENTER(device);
    out->total = out->free = 1ull << 28, out->used = 0;
    return OK;
}

int nvmlDeviceGetMemoryAffinity(Handle device, unsigned size, unsigned long *nodes, unsigned scope) {
    ENTER(device);
    (void)scope;
    if (CARD->numa < 0 || !size) return NOT_SUPPORTED;
    memset(nodes, 0, size * sizeof *nodes);
    nodes[0] = 1ul << CARD->numa;
    return OK;
}

struct process_info { unsigned pid; uint64_t used; unsigned gpu_instance, compute_instance; };
static int processes(Handle device, unsigned *count, struct process_info *out, int graphics) {
    unsigned n = 0;
    for (int i = 0; i < CARD->n_processes; i++) {
        const struct process *process = &CARD->processes[i];
        if (process->graphics != graphics)
            continue;
        if (out && n < *count)
            out[n] = (struct process_info){process->pid, process->used, UINT32_MAX, UINT32_MAX};
        n++;
    }
    int fits = n <= *count;
    *count = n;
    return fits ? OK : INSUFFICIENT_SIZE;
}
#define PROCESSES(call, graphics) \
    int call(Handle device, unsigned *count, struct process_info *out) { \
        ENTER(device); \
        return processes(device, count, out, graphics); \
    }
PROCESSES(nvmlDeviceGetComputeRunningProcesses_v3, 0)
PROCESSES(nvmlDeviceGetGraphicsRunningProcesses_v3, 1)
PROCESSES(nvmlDeviceGetMPSComputeRunningProcesses_v3, 2)
PROCESSES(nvmlDeviceGetComputeRunningProcesses_v2, 0)
PROCESSES(nvmlDeviceGetGraphicsRunningProcesses_v2, 1)

int nvmlDeviceGetMigDeviceHandleByIndex(Handle device, unsigned index, Handle *out) {
    ENTER(device);
    if (index >= (unsigned)CARD->n_instances) return NOT_FOUND;
    *out = &CARD->instances[index].device;
    return OK;
}
int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Handle device, Handle *out) { ENTER(device); *out = &CARD->device; return OK; }
struct attributes { unsigned counts[8]; uint64_t memory_mb; };
int nvmlDeviceGetAttributes_v2(Handle device, struct attributes *out) {
    ENTER(device);
    if (device->instance < 0) return NOT_SUPPORTED;
    memset(out, 0, sizeof *out);
    out->memory_mb = CARD->instances[device->instance].memory >> 20;
    /* Slices of compute, and of the card: the 3 of "MIG 3g.20gb". */
    const char *profile = strstr(CARD->instances[device->instance].name, "MIG ");
    if (profile && sscanf(profile, "MIG %u", &out->counts[6]) == 1)
        out->counts[7] = out->counts[6];
    return OK;
}

/* A card without NVLink has no links; one with it refuses the numbers beyond its own. */
#define ENTER_LINK() do { ENTER(device); if (!CARD->n_links) return NOT_SUPPORTED; \
                          if (link >= (unsigned)CARD->n_links) return INVALID; } while (0)
int nvmlDeviceGetNvLinkState(Handle device, unsigned link, unsigned *out) {
    ENTER_LINK();
    *out = CARD->link_peer[link] != -2;
    return OK;
}
int nvmlDeviceGetNvLinkVersion(Handle device, unsigned link, unsigned *out) {
    ENTER_LINK();
    *out = (unsigned)CARD->link_version[link];
    return OK;
}
int nvmlDeviceGetNvLinkCapability(Handle device, unsigned link, int what, unsigned *out) {
    ENTER_LINK();
    (void)what;
    *out = 1;
    return OK;
}
int nvmlDeviceGetNvLinkRemoteDeviceType(Handle device, unsigned link, unsigned *out) {
    ENTER_LINK();
    *out = CARD->link_peer[link] >= 0 ? 0 : CARD->link_peer[link] == -1 ? 2 : 255;
    return OK;
}
int nvmlDeviceGetNvLinkRemotePciInfo_v2(Handle device, unsigned link, struct pci *out) {
    ENTER_LINK();
    int peer = CARD->link_peer[link];
    if (peer == -2) return NOT_SUPPORTED;
    if (peer >= 0 && peer < scenario.n_cards)
        fill_pci(out, &scenario.cards[peer]);
    else {
        struct card nvswitch = {.domain = 0, .bus = 0xc4, .pci_id = 0x22a310de};
        fill_pci(out, &nvswitch);
    }
    return OK;
}
int nvmlDeviceGetTopologyCommonAncestor(Handle device, Handle other, unsigned *out) {
    ENTER(device);
    (void)other;
    *out = (unsigned)scenario.topology;
    return OK;
}
int nvmlDeviceGetP2PStatus(Handle device, Handle other, int what, unsigned *out) {
    ENTER(device);
    *out = 4; /* not supported */
    for (int i = 0; what == 2 && i < CARD->n_links; i++)
        if (CARD->link_peer[i] == other->card->index || CARD->link_peer[i] == -1)
            *out = 0;
    return OK;
}

struct field { unsigned id, scope; int64_t timestamp, latency; unsigned type; int code; uint64_t value; };
int nvmlDeviceGetFieldValues(Handle device, int n, struct field *fields) {
    ENTER(device);
    for (int i = 0; i < n; i++) {
        struct field *field = &fields[i];
        unsigned id = field->id;
        int is_speed = (id >= 84 && id <= 90) || (id >= 132 && id <= 137) || id == 164;
        int link = id == 164 ? (int)field->scope : id >= 132 ? (int)id - 126 : (int)id - 84;
        field->type = 1; /* unsigned */
        field->code = CARD->n_links ? OK : NOT_SUPPORTED;
        if (id == 91)
            field->value = (uint64_t)CARD->n_links;
        else if (is_speed && (id == 90 || link < CARD->n_links))
            field->value = (uint64_t)CARD->link_mbps;
        else
            field->code = NOT_SUPPORTED;
    }
    return OK;
}
