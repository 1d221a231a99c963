/*
 * Stands in for libxenctrl, libxenguest, libxentoollog and libxenforeignmemory: writes down each call with its arguments, and
 * answers what the test has laid ready. The prototypes are checked by the compiler against Xen's own headers.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xentoollog.h>
#include <xenforeignmemory.h>

/* ---- the record ---- */

static char *record;
static size_t record_size;
static FILE *out;

static FILE *begin(const char *name)
{
    if (!out) out = open_memstream(&record, &record_size);
    fprintf(out, "%s", name);
    return out;
}
static void number(const char *name, uint64_t value) { fprintf(out, " %s=%" PRIu64, name, value); }
static void integer(const char *name, int64_t value) { fprintf(out, " %s=%" PRId64, name, value); }
static void text(const char *name, const char *value) { value ? fprintf(out, " %s='%s'", name, value) : fprintf(out, " %s=NULL", name); }
static void bytes(const char *name, const void *at, size_t size)
{
    const unsigned char *byte = at;
    if (!at) { fprintf(out, " %s=NULL", name); return; }
    fprintf(out, " %s=", name);
    while (size--) fprintf(out, "%02x", *byte++);
}
static void end(void) { fputc('\n', out); fflush(out); }

const char *recorder_text(void) { return record ? record : ""; }

/* ---- what the test lays ready ---- */

struct script { char name[64]; int64_t result; int number; char line[128]; struct script *next; };
struct data { char name[64]; size_t size; void *bytes; struct data *next; };
static struct script *scripts;
static struct data *datas;

/* The next call of this name answers `result` and sets errno; `line`, if any, is logged first. */
void recorder_script(const char *name, int64_t result, int number, const char *line)
{
    struct script *made = calloc(1, sizeof *made), **last = &scripts;
    strncpy(made->name, name, sizeof made->name - 1);
    strncpy(made->line, line ? line : "", sizeof made->line - 1);
    made->result = result;
    made->number = number;
    while (*last) last = &(*last)->next;
    *last = made;
}
/* The next call that fills this place fills it with these bytes. */
void recorder_data(const char *name, const void *at, size_t size)
{
    struct data *made = calloc(1, sizeof *made), **last = &datas;
    strncpy(made->name, name, sizeof made->name - 1);
    made->bytes = malloc(size);
    made->size = size;
    memcpy(made->bytes, at, size);
    while (*last) last = &(*last)->next;
    *last = made;
}
static void fill(const char *name, void *at, size_t room)
{
    struct data **link;
    for (link = &datas; *link; link = &(*link)->next)
        if (!strcmp((*link)->name, name)) {
            struct data *found = *link;
            *link = found->next;
            memcpy(at, found->bytes, found->size < room ? found->size : room);
            free(found->bytes);
            free(found);
            return;
        }
}
void recorder_reset(void)
{
    if (out) fclose(out), free(record), out = NULL, record = NULL;
    while (scripts) { struct script *next = scripts->next; free(scripts); scripts = next; }
    while (datas) { struct data *next = datas->next; free(datas->bytes); free(datas); datas = next; }
}

/* ---- libxentoollog ---- */

struct xentoollog_logger_stdiostream { xentoollog_logger vtable; FILE *f; xentoollog_level min_level; };
static xentoollog_logger *the_logger;
static unsigned version = (4 << 16) | 17;
void recorder_version(unsigned is) { version = is; }

static void log_line(const char *line)
{
    struct xentoollog_logger_stdiostream *lg = (void *)the_logger;
    if (lg) { fprintf(lg->f, "%s\n", line); fflush(lg->f); }
}
xentoollog_logger_stdiostream *xtl_createlogger_stdiostream(FILE *f, xentoollog_level min_level, unsigned flags)
{
    struct xentoollog_logger_stdiostream *lg = calloc(1, sizeof *lg);
    lg->f = f;
    lg->min_level = min_level;
    begin(__func__); integer("min_level", min_level); number("flags", flags); end();
    return lg;
}
void xtl_logger_destroy(struct xentoollog_logger *logger) { begin(__func__); end(); free(logger); }

/* ---- answers ---- */

static int64_t answer(const char *name, int64_t otherwise)
{
    struct script **link;
    for (link = &scripts; *link; link = &(*link)->next)
        if (!strcmp((*link)->name, name)) {
            struct script *found = *link;
            int64_t result = found->result;
            *link = found->next;
            if (*found->line) log_line(found->line);
            errno = found->number;
            free(found);
            return result;
        }
    return otherwise;
}

static int the_handle, the_fmem, the_policy;
#define XCH(x) number("xch", (x) == (xc_interface *)&the_handle)
#define ANSWER do { end(); return answer(__func__, 0); } while (0)

/* ---- libxenctrl ---- */

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild_logger, unsigned flags)
{
    the_logger = logger;
    begin(__func__); number("same_logger", logger == dombuild_logger); number("flags", flags); end();
    return answer(__func__, 0) ? NULL : (xc_interface *)&the_handle;
}
int xc_interface_close(xc_interface *xch) { begin(__func__); XCH(xch); ANSWER; }
struct xenforeignmemory_handle *xc_interface_fmem_handle(xc_interface *xch) { (void)xch; return (void *)&the_fmem; }

int xc_version(xc_interface *xch, int cmd, void *arg)
{
    begin(__func__); XCH(xch); integer("cmd", cmd); end();
    switch (cmd) {
    case XENVER_version: return answer("xc_version", version);
    case XENVER_pagesize: return 4096;
    case XENVER_extraversion: fill("extraversion", arg, sizeof(xen_extraversion_t)); break;
    case XENVER_capabilities: fill("capabilities", arg, sizeof(xen_capabilities_info_t)); break;
    case XENVER_changeset: fill("changeset", arg, sizeof(xen_changeset_info_t)); break;
    case XENVER_commandline: fill("commandline", arg, sizeof(xen_commandline_t)); break;
    case XENVER_compile_info: {
        xen_compile_info_t *info = arg;
        strcpy(info->compiler, "gcc 12"); strcpy(info->compile_by, "builder");
        strcpy(info->compile_domain, "example.org"); strcpy(info->compile_date, "today");
        break;
    }
    case XENVER_platform_parameters: ((xen_platform_parameters_t *)arg)->virt_start = 0xffff800000000000ul; break;
    default: return -EINVAL;
    }
    return 0;
}
int xc_physinfo(xc_interface *xch, xc_physinfo_t *info)
{
    begin(__func__); XCH(xch);
    *info = (xc_physinfo_t){
        .threads_per_core = 2, .cores_per_socket = 8, .nr_cpus = 16, .max_cpu_id = 15, .nr_nodes = 1, .cpu_khz = 3000000,
        .capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_hap,
        .total_pages = 1ul << 33, .free_pages = 12345, .scrub_pages = 77, .outstanding_pages = 99, .max_mfn = 1ul << 34,
        .hw_cap = { 1, 2, 3, 4, 5, 6, 7, 0xffffffff },
    };
    ANSWER;
}
int xc_domain_create(xc_interface *xch, uint32_t *domid, struct xen_domctl_createdomain *c)
{
    begin(__func__); XCH(xch); number("domid", *domid); number("ssidref", c->ssidref); bytes("handle", c->handle, 16);
    number("flags", c->flags); number("iommu", c->iommu_opts); number("vcpus", c->max_vcpus); integer("evtchn", (int)c->max_evtchn_port);
    integer("grant", c->max_grant_frames); integer("maptrack", c->max_maptrack_frames); number("grant_opts", c->grant_opts);
    number("vmtrace", c->vmtrace_size); number("cpupool", c->cpupool_id); number("emulation", c->arch.emulation_flags); number("misc", c->arch.misc_flags);
    *domid = 7;
    ANSWER;
}
int xc_domain_max_vcpus(xc_interface *xch, uint32_t domid, unsigned int max) { begin(__func__); XCH(xch); number("domid", domid); number("max", max); ANSWER; }
int xc_domain_pause(xc_interface *xch, uint32_t domid) { begin(__func__); XCH(xch); number("domid", domid); ANSWER; }
int xc_domain_unpause(xc_interface *xch, uint32_t domid) { begin(__func__); XCH(xch); number("domid", domid); ANSWER; }
int xc_domain_destroy(xc_interface *xch, uint32_t domid) { begin(__func__); XCH(xch); number("domid", domid); ANSWER; }
int xc_domain_shutdown(xc_interface *xch, uint32_t domid, int reason) { begin(__func__); XCH(xch); number("domid", domid); integer("reason", reason); ANSWER; }
int xc_domain_set_time_offset(xc_interface *xch, uint32_t domid, int32_t seconds) { begin(__func__); XCH(xch); number("domid", domid); integer("seconds", seconds); ANSWER; }
int xc_domain_set_tsc_info(xc_interface *xch, uint32_t domid, uint32_t mode, uint64_t nsec, uint32_t khz, uint32_t incarnation)
{
    begin(__func__); XCH(xch); number("domid", domid); number("mode", mode); number("nsec", nsec); number("khz", khz); number("incarnation", incarnation); ANSWER;
}
int xc_domain_getinfo(xc_interface *xch, uint32_t first, unsigned int max, xc_dominfo_t *info)
{
    begin(__func__); XCH(xch); number("first", first); number("max", max); memset(info, 0, sizeof *info * max); end();
    return answer(__func__, 1);
}
int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned int max, xc_domaininfo_t *info)
{
    int64_t count;
    unsigned int i;
    begin(__func__); XCH(xch); number("first", first); number("max", max); end();
    count = answer(__func__, 0);
    for (i = 0; count > 0 && i < count; i++) {
        info[i] = (xc_domaininfo_t){ .domain = first + i, .tot_pages = 16384 + i, .max_pages = 1ul << 44, .outstanding_pages = 3, .cpu_time = (1ul << 60) + i,
            .nr_online_vcpus = 1, .max_vcpu_id = i == 1 ? XEN_INVALID_MAX_VCPU_ID : 3,
            .flags = i == 0 ? XEN_DOMINF_paused | XEN_DOMINF_hvm_guest : XEN_DOMINF_shutdown | XEN_DOMINF_dying | (3u << XEN_DOMINF_shutdownshift) };
        memset(info[i].handle, 0xa0 + i, 16);
    }
    return count;
}
int xc_domain_setmaxmem(xc_interface *xch, uint32_t domid, uint64_t kib) { begin(__func__); XCH(xch); number("domid", domid); number("kib", kib); ANSWER; }
int xc_domain_set_memmap_limit(xc_interface *xch, uint32_t domid, unsigned long kib) { begin(__func__); XCH(xch); number("domid", domid); number("kib", kib); ANSWER; }
int xc_domain_set_memory_map(xc_interface *xch, uint32_t domid, struct e820entry entries[], uint32_t count)
{
    uint32_t i;
    begin(__func__); XCH(xch); number("domid", domid);
    for (i = 0; i < count; i++) fprintf(out, " %#" PRIx64 "+%#" PRIx64 ":%u", entries[i].addr, entries[i].size, entries[i].type);
    ANSWER;
}
int xc_domain_maximum_gpfn(xc_interface *xch, uint32_t domid, xen_pfn_t *gpfn) { begin(__func__); XCH(xch); number("domid", domid); *gpfn = 0xfffff; ANSWER; }
int xc_domain_claim_pages(xc_interface *xch, uint32_t domid, unsigned long pages) { begin(__func__); XCH(xch); number("domid", domid); number("pages", pages); ANSWER; }
static void extents(xc_interface *xch, uint32_t domid, unsigned long count, unsigned int order, xen_pfn_t *start, int replace)
{
    unsigned long i;
    XCH(xch); number("domid", domid); number("order", order);
    fprintf(out, " frames=");
    for (i = 0; i < count; i++) { fprintf(out, "%s%#lx", i ? "," : "", start[i]); if (replace) start[i] += 0x100000; }
}
int xc_domain_populate_physmap(xc_interface *xch, uint32_t domid, unsigned long count, unsigned int order, unsigned int flags, xen_pfn_t *start)
{
    begin(__func__); extents(xch, domid, count, order, start, 1); number("flags", flags); end(); return answer(__func__, count);
}
int xc_domain_populate_physmap_exact(xc_interface *xch, uint32_t domid, unsigned long count, unsigned int order, unsigned int flags, xen_pfn_t *start)
{
    begin(__func__); extents(xch, domid, count, order, start, 1); number("flags", flags); ANSWER;
}
int xc_domain_increase_reservation(xc_interface *xch, uint32_t domid, unsigned long count, unsigned int order, unsigned int flags, xen_pfn_t *start)
{
    begin(__func__); extents(xch, domid, count, order, start, 1); number("flags", flags); end(); return answer(__func__, count);
}
int xc_domain_decrease_reservation(xc_interface *xch, uint32_t domid, unsigned long count, unsigned int order, xen_pfn_t *start)
{
    begin(__func__); extents(xch, domid, count, order, start, 0); end(); return answer(__func__, count);
}
int xc_domain_decrease_reservation_exact(xc_interface *xch, uint32_t domid, unsigned long count, unsigned int order, xen_pfn_t *start)
{
    begin(__func__); extents(xch, domid, count, order, start, 0); ANSWER;
}
int xc_domain_get_pod_target(xc_interface *xch, uint32_t domid, uint64_t *total, uint64_t *cache, uint64_t *entries)
{
    begin(__func__); XCH(xch); number("domid", domid); *total = 1; *cache = 2; *entries = 3; ANSWER;
}
int xc_domain_set_pod_target(xc_interface *xch, uint32_t domid, uint64_t target, uint64_t *total, uint64_t *cache, uint64_t *entries)
{
    begin(__func__); XCH(xch); number("domid", domid); number("target", target); *total = 4; *cache = 5; *entries = 6; ANSWER;
}
int xc_set_paging_mempool_size(xc_interface *xch, uint32_t domid, uint64_t size) { begin(__func__); XCH(xch); number("domid", domid); number("size", size); ANSWER; }
int xc_get_paging_mempool_size(xc_interface *xch, uint32_t domid, uint64_t *size) { begin(__func__); XCH(xch); number("domid", domid); *size = 0; ANSWER; }
int xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned int sop, unsigned int *mb, unsigned int mode)
{
    begin(__func__); XCH(xch); number("domid", domid); number("set_allocation", sop == XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION); number("mb", *mb); number("mode", mode); ANSWER;
}
xc_evtchn_port_or_error_t xc_evtchn_alloc_unbound(xc_interface *xch, uint32_t domid, uint32_t remote)
{
    begin(__func__); XCH(xch); number("domid", domid); number("remote", remote); end(); return answer(__func__, 5);
}
int xc_hvm_param_set(xc_interface *xch, uint32_t domid, uint32_t param, uint64_t value) { begin(__func__); XCH(xch); number("domid", domid); number("param", param); number("value", value); ANSWER; }
int xc_hvm_param_get(xc_interface *xch, uint32_t domid, uint32_t param, uint64_t *value) { begin(__func__); XCH(xch); number("domid", domid); number("param", param); *value = 0xfeffc; ANSWER; }

/* ---- libxenforeignmemory ---- */

static unsigned char mapping[4 * 4096];
void *xenforeignmemory_map(xenforeignmemory_handle *fmem, uint32_t dom, int prot, size_t pages, const xen_pfn_t arr[], int err[])
{
    size_t i;
    begin(__func__); number("fmem", (void *)fmem == (void *)&the_fmem); number("domid", dom); integer("prot", prot); number("err", err != NULL);
    fprintf(out, " frames=");
    for (i = 0; i < pages; i++) { fprintf(out, "%s%#lx", i ? "," : "", arr[i]); memset(mapping + i * 4096, (int)arr[i], 4096); }
    end();
    return answer(__func__, 0) ? NULL : mapping;
}
int xenforeignmemory_unmap(xenforeignmemory_handle *fmem, void *addr, size_t pages)
{
    begin(__func__); number("fmem", (void *)fmem == (void *)&the_fmem); number("same", addr == mapping); number("pages", pages); bytes("begins", addr, 4); ANSWER;
}

/* ---- CPU policy ---- */

int xc_cpuid_apply_policy(xc_interface *xch, uint32_t domid, bool restore, const uint32_t *featureset, unsigned int nr_features,
                          bool pae, bool itsc, bool nested_virt, const struct xc_xend_cpuid *xend
#ifdef XC_MSR_INPUT_UNUSED
                          , const struct xc_msr *msr
#endif
                          )
{
    static const char *const names[] = { "eax", "ebx", "ecx", "edx" };
    begin(__func__); XCH(xch); number("domid", domid); number("restore", restore); bytes("featureset", featureset, 0); number("features", nr_features);
    number("pae", pae); number("itsc", itsc); number("nested", nested_virt);
#ifdef XC_MSR_INPUT_UNUSED
    number("msr", msr != NULL);
#endif
    if (!xend) fprintf(out, " xend=NULL");
    for (; xend && xend->leaf != XEN_CPUID_INPUT_UNUSED; xend++) {
        fprintf(out, " %#x/%#x", xend->leaf, xend->subleaf);
        for (int i = 0; i < 4; i++) if (xend->policy[i]) text(names[i], xend->policy[i]);
    }
    ANSWER;
}
xc_cpu_policy_t *xc_cpu_policy_init(void) { begin(__func__); end(); return answer(__func__, 0) ? NULL : (xc_cpu_policy_t *)&the_policy; }
void xc_cpu_policy_destroy(xc_cpu_policy_t *policy) { begin(__func__); number("policy", policy == (xc_cpu_policy_t *)&the_policy); end(); }
int xc_cpu_policy_get_size(xc_interface *xch, uint32_t *leaves, uint32_t *msrs) { begin(__func__); XCH(xch); *leaves = 10; *msrs = 20; ANSWER; }
int xc_cpu_policy_get_domain(xc_interface *xch, uint32_t domid, xc_cpu_policy_t *policy) { begin(__func__); XCH(xch); number("domid", domid); number("policy", policy == (xc_cpu_policy_t *)&the_policy); ANSWER; }
int xc_cpu_policy_get_system(xc_interface *xch, unsigned int index, xc_cpu_policy_t *policy) { begin(__func__); XCH(xch); number("index", index); number("policy", policy == (xc_cpu_policy_t *)&the_policy); ANSWER; }
int xc_cpu_policy_serialise(xc_interface *xch, const xc_cpu_policy_t *policy, xen_cpuid_leaf_t *leaves, uint32_t *nr_leaves, xen_msr_entry_t *msrs, uint32_t *nr_msrs)
{
    begin(__func__); XCH(xch); number("policy", policy == (const xc_cpu_policy_t *)&the_policy); number("leaves", *nr_leaves); number("msrs", msrs != NULL || *nr_msrs);
    leaves[0] = (xen_cpuid_leaf_t){ 0, XEN_CPUID_NO_SUBLEAF, 1, 2, 3, 0xffffffff };
    leaves[1] = (xen_cpuid_leaf_t){ 7, 1, 0x80000000, 5, 6, 7 };
    *nr_leaves = 2;
    ANSWER;
}

/* ---- libxenguest ---- */

static struct xc_dom_image image;
const struct xc_dom_image *recorder_image(void) { return &image; }
#define IMAGE(d) number("image", (d) == &image)

struct xc_dom_image *xc_dom_allocate(xc_interface *xch, const char *cmdline, const char *features)
{
    begin(__func__); XCH(xch); text("cmdline", cmdline); text("features", features); end();
    memset(&image, 0, sizeof image);
    image.console_pfn = 0x1111222233334444; image.xenstore_pfn = 0xfeffc; image.p2m_size = 3; image.total_pages = 512;
    return answer(__func__, 0) ? NULL : &image;
}
void xc_dom_release(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); end(); }
void *xc_dom_malloc(struct xc_dom_image *dom, size_t size) { begin(__func__); IMAGE(dom); number("size", size); end(); return answer(__func__, 0) ? NULL : calloc(1, size); }
int xc_dom_kernel_file(struct xc_dom_image *dom, const char *filename) { begin(__func__); IMAGE(dom); text("file", filename); ANSWER; }
int xc_dom_kernel_mem(struct xc_dom_image *dom, const void *mem, size_t size) { begin(__func__); IMAGE(dom); bytes("mem", mem, size); dom->kernel_blob = (void *)mem; ANSWER; }
int xc_dom_module_file(struct xc_dom_image *dom, const char *filename, const char *cmdline) { begin(__func__); IMAGE(dom); text("file", filename); text("cmdline", cmdline); ANSWER; }
int xc_dom_module_mem(struct xc_dom_image *dom, const void *mem, size_t size, const char *cmdline) { begin(__func__); IMAGE(dom); bytes("mem", mem, size); text("cmdline", cmdline); ANSWER; }
int xc_dom_boot_xen_init(struct xc_dom_image *dom, xc_interface *xch, uint32_t domid) { begin(__func__); IMAGE(dom); XCH(xch); number("domid", domid); ANSWER; }
int xc_dom_mem_init(struct xc_dom_image *dom, unsigned int mib) { begin(__func__); IMAGE(dom); number("mib", mib); ANSWER; }
int xc_dom_parse_image(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); ANSWER; }
int xc_dom_compat_check(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); ANSWER; }
int xc_dom_boot_mem_init(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); ANSWER; }
int xc_dom_build_image(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); ANSWER; }
int xc_dom_boot_image(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); fill("console_pfn", &dom->console_pfn, sizeof dom->console_pfn); ANSWER; }
int xc_dom_gnttab_init(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); ANSWER; }
uint64_t xc_dom_virt_base(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); end(); return 0xffffffff80000000; }
uint64_t xc_dom_virt_entry(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); end(); return 0xffffffff80000001; }
uint64_t xc_dom_virt_hypercall(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); end(); return 0xffffffff80000002; }
char *xc_dom_guest_os(struct xc_dom_image *dom) { begin(__func__); IMAGE(dom); end(); return "linux"; }
int xc_domain_resume(xc_interface *xch, uint32_t domid, int fast) { begin(__func__); XCH(xch); number("domid", domid); integer("fast", fast); ANSWER; }
bool xc_dom_feature_get(struct xc_dom_image *dom, unsigned int nr) { begin(__func__); IMAGE(dom); number("nr", nr); end(); return nr == 15; }

/* Every field of the image that is set from outside, by its name in C. */
void recorder_describe_image(void)
{
    const struct xc_dom_image *d = &image;
    begin(__func__);
    number("container_type", d->container_type); number("max_vcpus", d->max_vcpus); number("console_evtchn", d->console_evtchn); number("xenstore_evtchn", d->xenstore_evtchn);
    number("console_domid", d->console_domid); number("xenstore_domid", d->xenstore_domid); integer("claim_enabled", d->claim_enabled); number("flags", d->flags);
    number("target_pages", d->target_pages); number("mmio_start", d->mmio_start); number("mmio_size", d->mmio_size); number("lowmem_end", d->lowmem_end); number("highmem_end", d->highmem_end);
    number("vga_hole_size", d->vga_hole_size); number("device_model", d->device_model); number("pv_p2m", (uintptr_t)d->pv_p2m); number("p2m_size", d->p2m_size);
    number("firmware.data", (uintptr_t)d->system_firmware_module.data); number("firmware.length", d->system_firmware_module.length); number("firmware.at", d->system_firmware_module.guest_addr_out);
    number("acpi1.data", (uintptr_t)d->acpi_modules[1].data); number("acpi1.length", d->acpi_modules[1].length); number("acpi1.at", d->acpi_modules[1].guest_addr_out);
    number("e820", (uintptr_t)d->e820); number("e820_entries", d->e820_entries);
    end();
}

/* ---- libxenctrl of ia64, Xen 4.2.0: tools/libxc/xenctrl.h ---- */
#ifdef WITH_IA64
int xc_ia64_save_to_nvram(xc_interface *xch, uint32_t dom) { begin(__func__); XCH(xch); number("domid", dom); ANSWER; }
int xc_ia64_nvram_init(xc_interface *xch, char *dom_name, uint32_t dom) { begin(__func__); XCH(xch); text("name", dom_name); number("domid", dom); ANSWER; }
int xc_ia64_set_os_type(xc_interface *xch, char *guest_os_type, uint32_t dom) { begin(__func__); XCH(xch); text("type", guest_os_type); number("domid", dom); ANSWER; }
#endif
