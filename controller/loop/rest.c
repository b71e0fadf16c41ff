/* Memory at rest, see rest.h. Only code is unmapped: it is never written to, so what comes back is
 * what was there. Read-only data is left alone, since after relocation it is not as in its file. */
#include "loop/rest.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A line of proc(5)'s maps: "start-end r-xp offset device inode path". */
static void unmap_code(const char *line)
{
    char *at = NULL;
    uintptr_t start = strtoul(line, &at, 16);
    uintptr_t end = *at == '-' ? strtoul(at + 1, &at, 16) : 0;
    if (end <= start || strncmp(at, " r-xp ", 6) != 0 || !strchr(at, '/'))
        return;
    (void)madvise((void *)start, end - start, MADV_DONTNEED); /* a hint; it may be ignored */
}

void sk_rest_memory(void)
{
    malloc_trim(0);
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps)
        return;
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, maps) > 0)
        unmap_code(line);
    free(line);
    fclose(maps);
}
