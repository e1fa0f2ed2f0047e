/* The scenario file. One line, one fact; "card NAME" begins a card, the lines after it are about
 * it. \xNN in a name is that byte. Faults may stand anywhere:
 *
 *   error CALL CARD|* CODE [AFTER]   from the AFTER-th call on (0: always)
 *   hang CALL SECONDS [AFTER] | crash CALL 0 [AFTER] | abort CALL | leave CALL CODE
 *   orphan CALL SECONDS              starts a process that keeps every descriptor open
 *   lost CARD AFTER                  "GPU is lost" after so many calls about this card
 *   rubbish TEXT | flood BYTES       printed on stdout and stderr at each call / at nvmlInit
 *   wild SEED                        every answer about the cards so far is chance
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stub.h"

struct scenario scenario;

struct fault {
    char kind[32], call[80];
    int card; /* -1: any */
    long value, after, seen;
};
static struct fault faults[MAX_FAULTS];
static int n_faults;
static long flood;
static int log_file = -1;

static void unescape(char *to, size_t size, const char *from) {
    size_t n = 0;
    while (*from && *from != '\n' && n + 1 < size) {
        unsigned byte;
        if (from[0] == '\\' && from[1] == 'x' && sscanf(from + 2, "%2x", &byte) == 1) {
            to[n++] = (char)byte;
            from += 4;
        } else {
            to[n++] = *from++;
        }
    }
    to[n] = 0;
}

static struct card *new_card(const char *name) {
    if (scenario.n_cards == MAX_CARDS)
        return &scenario.cards[MAX_CARDS - 1];
    struct card *card = &scenario.cards[scenario.n_cards];
    card->device.card = card;
    card->device.instance = -1;
    card->index = scenario.n_cards++;
    card->bus = (unsigned)card->index + 1;
    card->ecc = card->mig = card->numa = card->lost_after = -1;
    unescape(card->name, sizeof card->name, name);
    return card;
}

static int is_fault(const char *key) {
    static const char *const kinds[] = {"error", "hang", "crash", "abort", "leave", "orphan"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i], key))
            return 1;
    return 0;
}

static void read_fault(const char *kind, const char *rest) {
    struct fault *fault = &faults[n_faults];
    char card[16] = "*";
    if (n_faults == MAX_FAULTS)
        return;
    memset(fault, 0, sizeof *fault);
    snprintf(fault->kind, sizeof fault->kind, "%s", kind);
    if (!strcmp(kind, "error"))
        sscanf(rest, "%79s %15s %ld %ld", fault->call, card, &fault->value, &fault->after);
    else
        sscanf(rest, "%79s %ld %ld", fault->call, &fault->value, &fault->after);
    fault->card = strcmp(card, "*") ? atoi(card) : -1;
    n_faults++;
}

static void read_link(struct card *card, const char *rest) {
    char peer[16] = "";
    int link = 0, version = 0;
    sscanf(rest, "%d %15s %d", &link, peer, &version);
    if (link < 0 || link >= MAX_LINKS)
        return;
    card->link_peer[link] = !strcmp(peer, "switch") ? -1 : !strcmp(peer, "off") ? -2 : atoi(peer);
    card->link_version[link] = version;
    if (link >= card->n_links)
        card->n_links = link + 1;
}

static void read_process(struct card *card, const char *rest, int graphics) {
    struct process *process = &card->processes[card->n_processes];
    char used[32] = "-";
    int name_at = 0;
    if (card->n_processes == MAX_PROCESSES)
        return;
    sscanf(rest, "%u %31s %n", &process->pid, used, &name_at);
    process->used = strcmp(used, "-") ? strtoull(used, 0, 10) : UINT64_MAX;
    process->graphics = graphics;
    unescape(process->name, sizeof process->name, rest + name_at);
    card->n_processes++;
}

static void read_card_line(struct card *card, const char *key, const char *rest) {
    unsigned vendor = 0x10de, device = 0, sub_vendor = 0, sub_device = 0;
    unsigned long long total = 0, reserved = 0, used = 0;
    if (!strcmp(key, "pci")) {
        sscanf(rest, "%x:%x:%x.0 %x:%x %x:%x", &card->domain, &card->bus, &card->slot, &vendor,
               &device, &sub_vendor, &sub_device);
        card->pci_id = device << 16 | vendor;
        card->subsystem_id = sub_device << 16 | sub_vendor;
    } else if (!strcmp(key, "memory")) {
        sscanf(rest, "%llu %llu %llu", &total, &reserved, &used);
        card->total = total, card->reserved = reserved, card->used = used;
    } else if (!strcmp(key, "instance") && card->n_instances < MAX_INSTANCES) {
        struct instance *instance = &card->instances[card->n_instances];
        int name_at = 0;
        sscanf(rest, "%llu %llu %n", &total, &used, &name_at);
        instance->device.card = card;
        instance->device.instance = card->n_instances++;
        instance->memory = total, instance->used = used;
        unescape(instance->name, sizeof instance->name, rest + name_at);
    } else if (!strcmp(key, "power"))
        sscanf(rest, "%u %u %u %u", card->power, card->power + 1, card->power + 2, card->power + 3);
    else if (!strcmp(key, "pcie"))
        sscanf(rest, "%u %u %u %u", card->pcie, card->pcie + 1, card->pcie + 2, card->pcie + 3);
    else if (!strcmp(key, "capability"))
        sscanf(rest, "%d %d", card->capability, card->capability + 1);
    else if (!strcmp(key, "display"))
        sscanf(rest, "%d %d", card->display, card->display + 1);
    else if (!strcmp(key, "utilization"))
        sscanf(rest, "%d %d", card->utilization, card->utilization + 1);
    else if (!strcmp(key, "power_now")) card->power_now = (unsigned)atoi(rest);
    else if (!strcmp(key, "bus_bits")) card->bus_bits = atoi(rest);
    else if (!strcmp(key, "memory_clock")) card->memory_clock = atoi(rest);
    else if (!strcmp(key, "cores")) card->cores = atoi(rest);
    else if (!strcmp(key, "ecc")) card->ecc = atoi(rest);
    else if (!strcmp(key, "mig")) card->mig = atoi(rest);
    else if (!strcmp(key, "numa")) card->numa = atoi(rest);
    else if (!strcmp(key, "temperature")) card->temperature = atoi(rest);
    else if (!strcmp(key, "virtual")) card->virtual_mode = atoi(rest);
    else if (!strcmp(key, "brand")) card->brand = atoi(rest);
    else if (!strcmp(key, "architecture")) card->architecture = atoi(rest);
    else if (!strcmp(key, "nvlink_mbps")) card->link_mbps = atoi(rest);
    else if (!strcmp(key, "nvlink")) read_link(card, rest);
    else if (!strcmp(key, "process")) read_process(card, rest, 0);
    else if (!strcmp(key, "graphics")) read_process(card, rest, 1);
    else {
        fprintf(stderr, "nvml stub: unknown line: %s %s\n", key, rest);
        _exit(70); /* a mistake in a test must not pass for a driver's behaviour */
    }
}

static uint64_t chance; /* xorshift64* of Vigna: the same on every system, unlike rand() */

static uint64_t any(void) {
    chance ^= chance >> 12, chance ^= chance << 25, chance ^= chance >> 27;
    uint64_t bits = chance * 0x2545F4914F6CDD1Dull;
    /* Small, middling and huge numbers alike; zero and all ones more often than by chance. */
    return bits % 7 == 0 ? 0 : bits % 7 == 1 ? UINT64_MAX : bits >> (bits >> 40) % 64;
}

static void go_wild(struct card *card) {
    for (size_t i = 0; i + 1 < 40; i++)
        card->name[i] = (char)(any() % 2 ? 'A' + any() % 26 : any() % 256);
    if (any() % 3 == 0) { /* else the card stays one that can be told from others */
        card->domain = (unsigned)any(), card->bus = (unsigned)any(), card->slot = (unsigned)any();
        card->pci_id = (unsigned)any(), card->subsystem_id = (unsigned)any();
    }
    card->total = any(), card->reserved = any(), card->used = any();
    card->bus_bits = (int)any(), card->memory_clock = (int)any(), card->cores = (int)any();
    card->ecc = (int)any(), card->mig = (int)any() & 1, card->numa = (int)(any() & 63);
    for (int i = 0; i < 4; i++)
        card->power[i] = (unsigned)any(), card->pcie[i] = (unsigned)any();
    for (int i = 0; i < 2; i++) {
        card->capability[i] = (int)any(), card->display[i] = (int)any();
        card->utilization[i] = (int)any();
    }
    card->temperature = (int)any(), card->virtual_mode = (int)any(), card->brand = (int)any();
    card->power_now = (unsigned)any();
    card->n_links = (int)(any() % MAX_LINKS), card->link_mbps = (int)any();
    for (int i = 0; i < MAX_LINKS; i++)
        card->link_peer[i] = (int)(any() % 6) - 2, card->link_version[i] = (int)any();
    for (int i = 0; i < card->n_instances; i++)
        card->instances[i].memory = any(), card->instances[i].used = any();
    for (int i = 0; i < card->n_processes; i++)
        card->processes[i].used = any(), card->processes[i].pid = (unsigned)any();
}

static void read_line(const char *line, struct card **card) {
    char key[32] = "";
    int at = 0;
    if (sscanf(line, "%31s %n", key, &at) != 1 || key[0] == '#')
        return;
    const char *rest = line + at;
    int lost_card = 0, lost_after = 0;
    if (!strcmp(key, "card")) *card = new_card(rest);
    else if (!strcmp(key, "driver")) unescape(scenario.driver, sizeof scenario.driver, rest);
    else if (!strcmp(key, "library")) unescape(scenario.library, sizeof scenario.library, rest);
    else if (!strcmp(key, "rubbish")) unescape(scenario.rubbish, sizeof scenario.rubbish, rest);
    else if (!strcmp(key, "cuda")) scenario.cuda = atoi(rest);
    else if (!strcmp(key, "topology")) scenario.topology = atoi(rest);
    else if (!strcmp(key, "flood")) flood = atol(rest);
    else if (!strcmp(key, "count")) scenario.claimed = (unsigned)strtoul(rest, 0, 10);
    else if (!strcmp(key, "wild")) {
        chance = strtoull(rest, 0, 10) * 0x9E3779B97F4A7C15ull + 1;
        for (int i = 0; i < scenario.n_cards; i++)
            go_wild(&scenario.cards[i]);
    } else if (!strcmp(key, "lost")) {
        sscanf(rest, "%d %d", &lost_card, &lost_after);
        if (lost_card >= 0 && lost_card < scenario.n_cards)
            scenario.cards[lost_card].lost_after = lost_after;
    } else if (is_fault(key)) read_fault(key, rest);
    else if (*card) read_card_line(*card, key, rest);
    else _exit(70);
}

void read_scenario(void) {
    const char *path = getenv("NVML_STUB_SCENARIO");
    const char *log_path = getenv("NVML_STUB_LOG");
    struct card *card = 0;
    char line[1024];
    memset(&scenario, 0, sizeof scenario);
    memset(faults, 0, sizeof faults);
    n_faults = 0, flood = 0;
    scenario.claimed = UINT32_MAX, scenario.topology = 30;
    if (log_file < 0 && log_path)
        log_file = open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    FILE *file = path ? fopen(path, "r") : 0;
    if (!file)
        return;
    while (fgets(line, sizeof line, file))
        read_line(line, &card);
    fclose(file);
    if (scenario.claimed == UINT32_MAX)
        scenario.claimed = (unsigned)scenario.n_cards;
    for (; flood > 0; flood -= 64)
        if (write(1, "the driver says that all is well, again and again and again...\n", 64) < 0 ||
            write(2, "the driver says that all is well, again and again and again...\n", 64) < 0)
            break; /* 64 with the terminating zero: a driver prints what it likes */
}

static void stay(long seconds) {
    struct timespec rest = {seconds, 0};
    while (nanosleep(&rest, &rest))
        ;
}

static int happen(struct fault *fault) {
    if (!strcmp(fault->kind, "error"))
        return (int)fault->value;
    if (!strcmp(fault->kind, "hang")) {
        signal(SIGTERM, SIG_IGN); /* a driver that hangs does not listen */
        signal(SIGINT, SIG_IGN);
        stay(fault->value);
    } else if (!strcmp(fault->kind, "crash")) {
        *(volatile int *)0 = 1;
    } else if (!strcmp(fault->kind, "abort")) {
        abort();
    } else if (!strcmp(fault->kind, "leave")) {
        _exit((int)fault->value);
    } else if (!strcmp(fault->kind, "orphan") && fork() == 0) {
        stay(fault->value);
        _exit(0);
    }
    return OK;
}

static int is_device(const struct device *device) {
    for (int i = 0; i < scenario.n_cards; i++) {
        struct card *card = &scenario.cards[i];
        if (device == &card->device)
            return 1;
        for (int k = 0; k < card->n_instances; k++)
            if (device == &card->instances[k].device)
                return 1;
    }
    return 0;
}

int enter(const char *call, struct device *device) {
    char line[128];
    int known = device && is_device(device), index = known ? device->card->index : -1;
    int n = index < 0 ? snprintf(line, sizeof line, "%s -\n", call)
                      : snprintf(line, sizeof line, "%s %d\n", call, index);
    if (log_file >= 0 && write(log_file, line, (size_t)n) < 0)
        return OK;
    if (scenario.rubbish[0]) {
        printf("%s", scenario.rubbish), fflush(stdout);
        fprintf(stderr, "%s", scenario.rubbish);
    }
    for (int i = 0; i < n_faults; i++) {
        struct fault *fault = &faults[i];
        if (strcmp(fault->call, call) || (fault->card >= 0 && fault->card != index))
            continue;
        if (fault->seen++ < fault->after)
            continue;
        int code = happen(fault);
        if (code)
            return code;
    }
    if (device && !known)
        return INVALID;
    if (known && device->card->lost_after >= 0 && device->card->calls++ >= device->card->lost_after)
        return LOST;
    return OK;
}
