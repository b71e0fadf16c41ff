/* Runs a program and says what it took.
 *
 *   bench_run REPORT PROGRAM [ARGUMENT…]
 *
 * Writes {"code", "wall_s", "cpu_s", "peak_rss_kib"} to the file REPORT and ends with 0 when the
 * program was run at all. It exists because Linux counts what a process had resident before exec
 * into its peak: started from Python, every small program would seem to be as large as Python. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    FILE *report = argc > 2 ? fopen(argv[1], "we") : NULL;
    if (!report) {
        perror("bench_run: REPORT");
        return 1;
    }
    double started = now_s();
    pid_t child = fork();
    if (child == 0) {
        execv(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        perror("bench_run");
        return 1;
    }
    fprintf(report, "{\"code\": %d, \"wall_s\": %.6f, \"cpu_s\": %.6f, \"peak_rss_kib\": %ld}\n",
            WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), now_s() - started,
            seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss);
    return fclose(report) == 0 ? 0 : 1;
}
